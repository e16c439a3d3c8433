"""JournalLog: the chain of events of one sidecar, open for appending or, after a break, for reading only."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from napari_dentlm.core import journal_file
from napari_dentlm.core.errors import JournalError
from napari_dentlm.core.journal_events import (
    FORMAT_VERSION,
    READER_PREFIX,
    Event,
    EventKind,
    Header,
    line_hash,
    tool_version,
    utc_now,
)
from napari_dentlm.core.scheme import LandmarkScheme


class JournalLog:
    """The events of one sidecar and the end of its chain. Made with `open`.

    Parameters
    ----------
    path, image_ids, scheme
        See `Journal.open`.
    loaded
        Content of the file.
    problem
        Why nothing can be written, in words; empty when it can.
    remark
        What was set aside when the file was opened, in words; empty when nothing was.
    """

    def __init__(
        self,
        path: Path,
        image_ids: tuple[str, ...],
        scheme: LandmarkScheme,
        loaded: journal_file.Loaded,
        problem: str,
        remark: str = "",
    ) -> None:
        self.path = path
        self.image_ids = image_ids
        self.scheme = scheme
        self.events = loaded.events
        self.problem = problem
        self.remark = remark
        self._size = loaded.size
        self._last_hash = loaded.last_hash

    @classmethod
    def open(
        cls,
        path: Path,
        image_ids: tuple[str, ...],
        scheme: LandmarkScheme,
        read_only: bool,
        others: Sequence[LandmarkScheme] = (),
    ) -> Self:
        """Read the file and, unless `read_only`, make its end ready for appending.

        Raises
        ------
        JournalError
            When the file is there but cannot be read.
        """
        loaded = journal_file.load(path)
        if loaded.header is not None:
            own = loaded.header.scheme
            scheme = next((other for other in others if other.name == own), scheme)
        mismatch = _mismatch(path, loaded.header, image_ids, scheme)
        if mismatch:
            loaded.events = []
        problem = loaded.problem or mismatch
        if not problem and read_only:
            problem = f"{path.name} is open for reading only."
        torn = bool(loaded.tail)
        if not problem and path.exists():
            problem = _made_ready(path, loaded)
        aside = f"{path.name}: the last line was torn; it was set aside in {path.name}{journal_file.TORN_SUFFIX}."
        return cls(path, image_ids, scheme, loaded, problem, aside if torn and not problem else "")

    def append(self, actor: str, kind: EventKind, frame: int, instance: int, **content: Any) -> Event:
        """Write one event to the disk and return it; `content` are further fields of `Event`.

        Raises
        ------
        JournalError
            When the log is read-only or the event cannot be saved; the log is then as before.
        ValueError
            When the actor has no name or the frame does not exist.
        """
        if self.problem:
            raise JournalError(f"Nothing was saved. {self.problem}")
        if actor == READER_PREFIX:
            raise ValueError("a reader needs a name")
        if not 0 <= frame < len(self.image_ids):
            raise ValueError(f"there is no frame {frame} among {len(self.image_ids)}")
        header = [] if self._size else [self._header().to_line()]
        event = Event(
            seq=len(self.events) + 1,
            utc=utc_now(),
            actor=actor,
            tool=tool_version(),
            event=kind,
            frame=frame,
            instance=instance,
            prev=line_hash(header[0]) if header else self._last_hash,
            **content,
        )
        line = event.to_line()
        self._size = journal_file.append(self.path, [*header, line], self._size)
        self._last_hash = line_hash(line)
        self.events.append(event)
        return event

    def begin_anew(self, scheme: LandmarkScheme) -> None:
        """Forget every event and go on with another scheme; the next event begins the file anew.

        Raises
        ------
        JournalError
            When the log is read-only, another program wrote to the file, or it cannot be written; the log is then
            as before.
        """
        if self.problem:
            raise JournalError(f"Nothing was saved. {self.problem}")
        journal_file.empty(self.path, self._size)
        self.scheme, self.events, self._size, self._last_hash = scheme, [], 0, ""

    def _header(self) -> Header:
        return Header(
            dentlm_journal=FORMAT_VERSION,
            image_ids=self.image_ids,
            scheme=self.scheme.name,
            scheme_version=self.scheme.version,
            tool=tool_version(),
            created_utc=utc_now(),
        )


def _made_ready(path: Path, loaded: journal_file.Loaded) -> str:
    """Set a torn end aside; returns why the file cannot be written, or nothing."""
    if not os.access(path, os.W_OK):
        return f"{path.name} cannot be written; nothing you change here would be saved."
    if loaded.header is not None and not loaded.tail and not loaded.open_end:
        return ""
    try:
        journal_file.set_tail_aside(path, loaded)
    except (OSError, JournalError) as error:
        return f"{path.name} ends with a torn line that cannot be set aside ({error})."
    return ""


def _mismatch(path: Path, header: Header | None, image_ids: tuple[str, ...], scheme: LandmarkScheme) -> str:
    if header is None:
        return ""
    if header.image_ids != image_ids:
        if header.image_ids[:1] == image_ids[:1]:
            advice = "Keep one of the two in a folder of its own."
            return f"{path.name} belongs to another file, which begins with the same picture. {advice}"
        advice = "Put the first image back, or move the label file away to start anew."
        return f"{path.name} belongs to another image: the image was changed after it was labelled. {advice}"
    if header.scheme != scheme.name:
        return f"{path.name} holds labels of the scheme {header.scheme}, not {scheme.name}."
    return ""
