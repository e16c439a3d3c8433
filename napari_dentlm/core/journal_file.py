"""Reading a journal file with its chain of hashes, and appending to it so that a crash loses nothing."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from pydantic import ValidationError

from napari_dentlm.core.errors import JournalError, SchemaError
from napari_dentlm.core.files import fsync_folder
from napari_dentlm.core.journal_events import FORMAT_VERSION, Event, Header, line_hash
from napari_dentlm.core.lock import locked
from napari_dentlm.core.scheme import load_scheme

TORN_SUFFIX = ".torn"


@dataclass(slots=True)
class Loaded:
    """What a journal file holds.

    Parameters
    ----------
    header, events
        What could be read and fits the chain; no header when the file is missing or its first line is torn.
    size
        Bytes of the file up to the end of the last good line.
    tail
        Bytes after that: a line that was torn when its writer was stopped.
    open_end
        Whether the last good line lacks only its line end.
    last_hash
        Hash of the last good line.
    problem
        Any other break, as a sentence; empty when there is none.
    """

    header: Header | None = None
    events: list[Event] = field(default_factory=list)
    size: int = 0
    tail: bytes = b""
    open_end: bool = False
    last_hash: str = ""
    problem: str = ""


def load(path: Path) -> Loaded:
    """Read a journal file; never changes it.

    Raises
    ------
    JournalError
        When the file is there but cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Loaded()
    except OSError as error:
        raise JournalError(f"{path.name}: the labels cannot be read ({error.strerror}).") from error
    loaded = Loaded()
    for start, line in _lines(data):
        ends = start + len(line) < len(data)
        is_last = start + len(line) + 1 >= len(data)
        # A line with its end was written whole, unless a power cut left zeros in it; else somebody damaged it.
        if is_last and (not ends or b"\0" in line) and not _is_json_object(line):
            loaded.tail = data[start:]
            break
        loaded.problem = _take(loaded, line)
        if loaded.problem:
            loaded.problem = f"{path.name}, line {len(loaded.events) + 2}: {loaded.problem}"
            break
        loaded.size, loaded.open_end = start + len(line) + ends, not ends
    return loaded


def append(path: Path, lines: Sequence[bytes], expected_size: int) -> int:
    """Append whole lines and force them to the disk; all of them or none.

    Parameters
    ----------
    path
        The journal; made when it is not there.
    lines
        Without their line ends.
    expected_size
        Size that the file must have, which it has unless another program wrote to it.

    Returns
    -------
    int
        The new size in bytes.

    Raises
    ------
    JournalError
        When the file is not as it was left, or cannot be written (the disk may be full). The file is then as
        before.
    """
    data = b"".join(line + b"\n" for line in lines)
    try:
        if expected_size == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        # Unbuffered: a buffer that could not be flushed would be written again when the file is closed.
        with open(path, "r+b" if path.exists() else "xb", buffering=0) as stream, locked(stream):
            if stream.seek(0, os.SEEK_END) != expected_size:
                raise JournalError(_changed(path))
            _write_or_take_back(stream, data, expected_size)
    except (FileExistsError, FileNotFoundError) as error:
        raise JournalError(_changed(path)) from error
    except OSError as error:
        advice = "Make room on the disk or permit writing, then repeat it."
        raise JournalError(f"{path.name}: the change was not saved ({error.strerror}). {advice}") from error
    return expected_size + len(data)


def empty(path: Path, expected_size: int) -> None:
    """Take every line out of a journal.

    The file stays: other programs that hold it open see by its size that it changed.

    Parameters
    ----------
    path
        The journal; nothing happens when it is not there and `expected_size` is 0.
    expected_size
        Size that the file must have, which it has unless another program wrote to it.

    Raises
    ------
    JournalError
        When the file is not as it was left, or cannot be written. The file is then as before.
    """
    try:
        with open(path, "r+b", buffering=0) as stream, locked(stream):
            if stream.seek(0, os.SEEK_END) != expected_size:
                raise JournalError(_changed(path))
            stream.truncate(0)
            os.fsync(stream.fileno())
    except FileNotFoundError as error:
        if expected_size:
            raise JournalError(_changed(path)) from error
    except OSError as error:
        raise JournalError(f"{path.name} cannot be made anew ({error.strerror}).") from error


def set_tail_aside(path: Path, loaded: Loaded) -> None:
    """Move a torn last line into ``<journal>.torn`` and complete a line that lacks only its end.

    Afterwards the journal ends with its last good line and can be appended to.

    Raises
    ------
    JournalError
        When another program is at work on the file.
    """
    with open(path, "r+b", buffering=0) as stream, locked(stream):
        if stream.seek(0, os.SEEK_END) != loaded.size + len(loaded.tail):
            raise JournalError(_changed(path))
        if loaded.tail:
            _keep_aside(path.with_name(path.name + TORN_SUFFIX), loaded.tail)
        stream.truncate(loaded.size)
        if loaded.open_end:
            stream.seek(loaded.size)
            _write_all(stream, b"\n")
            loaded.size += 1
        os.fsync(stream.fileno())
    loaded.tail, loaded.open_end = b"", False


def _keep_aside(path: Path, tail: bytes) -> None:
    with open(path, "ab") as aside:
        aside.write(tail + b"\n")
        aside.flush()
        os.fsync(aside.fileno())


def _write_or_take_back(stream: FileIO, data: bytes, size: int) -> None:
    try:
        _write_all(stream, data)
        os.fsync(stream.fileno())
        if size == 0:
            fsync_folder(Path(os.fsdecode(stream.name)).parent)
    except OSError:
        stream.truncate(size)
        raise


def _write_all(stream: FileIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]


def _lines(data: bytes) -> list[tuple[int, bytes]]:
    lines, start = [], 0
    for line in data.split(b"\n"):
        lines.append((start, line))
        start += len(line) + 1
    # After the last line end there is nothing; an empty file has no line at all.
    return lines if lines[-1][1] else lines[:-1]


def _is_json_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _take(loaded: Loaded, line: bytes) -> str:
    """Add one line to `loaded`; returns what is wrong with it."""
    try:
        problem = _take_header(loaded, line) if loaded.header is None else _take_event(loaded, line)
    except ValidationError as error:
        first = error.errors()[0]
        return f"the line does not follow the format ({first['msg']}); it was damaged or changed by hand."
    if not problem:
        loaded.last_hash = line_hash(line)
    return problem


def _take_header(loaded: Loaded, line: bytes) -> str:
    version = json.loads(line).get("dentlm_journal") if _is_json_object(line) else None
    if isinstance(version, int) and version > FORMAT_VERSION:
        return "the labels were written by a newer version of napari-dentlm; update it to open them."
    header = Header.model_validate_json(line)
    try:
        scheme = load_scheme(header.scheme)
    except SchemaError as error:
        return str(error)
    if scheme.version != header.scheme_version:
        return f"version {header.scheme_version} of the scheme {scheme.name} is not the one known here."
    loaded.header = header
    return ""


def _take_event(loaded: Loaded, line: bytes) -> str:
    event = Event.model_validate_json(line)
    if event.prev != loaded.last_hash:
        return "a line before it was changed, removed or added after it was written."
    if event.seq != len(loaded.events) + 1:
        return f"event {event.seq} stands in the place of event {len(loaded.events) + 1}."
    assert loaded.header is not None
    unknown = set(event.keys()) - set(load_scheme(loaded.header.scheme).keys)
    if unknown or event.frame >= len(loaded.header.image_ids):
        return "the event is about a landmark or frame that is not there."
    loaded.events.append(event)
    return ""


def _changed(path: Path) -> str:
    if not path.parent.is_dir():
        return f"{path.name}: its folder is not there any more. Put it back, or connect its disk, and repeat it."
    return f"{path.name}: another program changed these labels. Open the image again; nothing was overwritten."
