"""Which patients are held out from which member of a cascade."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from napari_dentlm.cascade.bundle import Bundle
from training.films import RawFilm, TrainingFilm

LEARNT = "learnt"
"""Under this name the card of a bundle keeps the marks of all groups that it learnt from, and its start before it."""
Groups = frozenset[str]
Film = TypeVar("Film", RawFilm, TrainingFilm)


@dataclass(frozen=True, slots=True)
class Division:
    """The groups that each member never learns from; generated films train every member.

    Parameters
    ----------
    held
        One set of groups for each member; empty for a final member, which learns from all films.
    """

    held: tuple[Groups, ...]

    @property
    def final(self) -> tuple[int, ...]:
        """Return the members that learn from all films, when others tell how far to trust them."""
        return tuple(n for n, groups in enumerate(self.held) if not groups) if any(self.held) else ()

    @property
    def judges(self) -> tuple[int, ...]:
        """Return the members that some films are measured by."""
        return tuple(n for n in range(len(self.held)) if n not in self.final)

    def training(self, films: Sequence[Film], member: int) -> list[Film]:
        """Return the films that a member learns from."""
        return [f for f in films if f.generated or f.group not in self.held[member]]

    def measured(self, films: Sequence[Film], member: int) -> list[Film]:
        """Return the real films that a member has never seen."""
        return [f for f in films if not f.generated and f.group in self.held[member]]

    def strangers(self, film: Film) -> tuple[int, ...]:
        """Return the members that have never seen a film, of those that judge."""
        return tuple(member for member in self.judges if film.group in self.held[member])

    def trained(self, films: Sequence[Film]) -> list[Film]:
        """Return the films that some member learns from."""
        return [f for f in films if f.generated or not all(f.group in groups for groups in self.held)]

    def validation(self, films: Sequence[Film]) -> list[Film]:
        """Return the real films that some member has never seen."""
        return [f for f in films if not f.generated and any(f.group in groups for groups in self.held)]


def mark(name: str) -> str:
    """Return what stands for a group or a film in a card: bundles are handed on, and names may be those of patients."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]


def learnt_before(start: Bundle | None) -> frozenset[str]:
    """Return the marks of the groups that a bundle learnt from; none where its card does not tell."""
    known = [] if start is None else start.card.data.get(LEARNT, [])
    return frozenset(known) if isinstance(known, list) else frozenset()


def held_out(films: Sequence[RawFilm], share: float, seed: int, learnt: frozenset[str] = frozenset()) -> Groups:
    """Choose the groups to hold out from all members; generated films only train.

    A group's side follows from its name and the seed alone where there are many. A group that the bundle to start
    from has learnt is never held out: nobody could tell from it what is new.

    Parameters
    ----------
    share
        Part of the real groups that is held out, about; at least one group when there are two or more.
    seed
        Another seed gives another division.
    learnt
        Marks of the groups that were learnt before.
    """
    groups = _shuffled(films, seed)
    new = [group for group in groups if mark(group) not in learnt]
    held = {group for group in new if _chance(group, seed) < share}
    if share > 0:
        held |= set(new[:1])
    return frozenset(held if len(held) < len(groups) else held - set(groups[-1:]))


def deal(films: Sequence[RawFilm], folds: int, seed: int) -> list[Groups]:
    """Deal the groups into folds of equal size, each to be held out from one member; generated films only train.

    Returns
    -------
    list
        One set of groups for each fold; fewer folds when there are fewer groups.
    """
    groups = _shuffled(films, seed)
    folds = max(1, min(folds, len(groups)))
    return [frozenset(groups[number::folds]) for number in range(folds)]


def _shuffled(films: Sequence[RawFilm], seed: int) -> list[str]:
    return sorted({f.group for f in films if not f.generated}, key=lambda group: _chance(group, seed))


def _chance(group: str, seed: int) -> float:
    """Return a number from 0 to 1 that looks random but depends on the group and the seed only."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{group}".encode()).digest()) / 2**256
