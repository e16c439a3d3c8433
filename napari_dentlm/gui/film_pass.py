"""Going over the films between the events of the window: slow work aside in a thread, journals in the window's own."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from napari_dentlm.core.errors import DentLMError, sentence_of
from napari_dentlm.core.review_status import Status
from napari_dentlm.gui.failures import Finding, counted
from napari_dentlm.gui.worklist import Entry, Worklist

if TYPE_CHECKING:
    from napari_dentlm.core.imaging import Image
    from napari_dentlm.core.journal import Journal

T = TypeVar("T")
Waiting = Generator[int | None, None, T]
"""Yields None while a thread works and the number of films done after each film."""


@dataclass(slots=True)
class FilmPass(ABC):
    """Work that goes over the films in steps, so that the window stays alive.

    `complete` says that it came to its end; `failures` which films could not be read.

    Parameters
    ----------
    worklist
        The films.
    reader
        Whose annotations it is about.
    """

    title: ClassVar[str]
    """What it is, in a word."""

    worklist: Worklist
    reader: str
    failures: list[Finding] = field(default_factory=list, init=False)
    complete: bool = field(default=False, init=False)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1), init=False, repr=False)

    def steps(self) -> Iterator[int | None]:
        """Carry the work out; yields the number of films done, or None while a thread works.

        Raises
        ------
        DentLMError, OSError
            When it cannot go on; `why_not` says it in words.
        """
        with self._pool:
            yield from self._work()
        self.complete = True

    @property
    @abstractmethod
    def summary(self) -> str:
        """How it ended, in words; empty when there is nothing to say."""

    @property
    @abstractmethod
    def stopped(self) -> str:
        """How it ended when it was stopped, in words."""

    @property
    def findings(self) -> list[Finding]:
        """What is to be shown film by film."""
        return self.failures

    @property
    def heading(self) -> str:
        """What the findings are."""
        return f"{self.title}: {counted(len(self.failures), 'film', 'films')} failed"

    def why_not(self, error: Exception) -> str:
        """What an error that ended the work means, in words."""
        return sentence_of(error)

    def entries(self) -> list[Entry]:
        """The films to go through."""
        return list(self.worklist.entries)

    @abstractmethod
    def _work(self) -> Waiting[None]:
        """Go through the films."""

    def _takes(self, entry: Entry) -> bool:
        return entry.status not in (Status.NEW, Status.FAILED, Status.EXCLUDED)

    def _each_film(self, visit: Callable[[Path], Waiting[None]]) -> Waiting[None]:
        for done, entry in enumerate(self.entries(), start=1):
            if self._takes(entry):
                yield from visit(entry.path)
            yield done

    def _read(self, path: Path, look: "Callable[[Journal, Image], T]") -> Waiting[list[T]]:
        """What `look` finds on the frames of a film; nothing, and a failure, when the film cannot be read."""
        from napari_dentlm.core.imaging import iter_frames

        try:
            images = yield from self._aside(lambda: list(iter_frames(path)))
            with self.worklist.journal(path, [image.image_id for image in images]) as journal:
                return [look(journal, image) for image in images]
        except (DentLMError, OSError) as error:
            self.failures.append(Finding(path, sentence_of(error, path)))
            return []

    def _aside(self, work: Callable[[], T]) -> Waiting[T]:
        """Run `work` in the thread; yields None until it is done."""
        future = self._pool.submit(work)
        try:
            while not future.done():
                yield None
        finally:
            # Who stops the work takes its files away, so the thread has to be done with them.
            wait([future])
        return future.result()
