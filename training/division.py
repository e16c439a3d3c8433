"""Which patients are held out from which member of a cascade."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from training.films import RawFilm, TrainingFilm

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


def held_out(films: Sequence[RawFilm], share: float, seed: int) -> Groups:
    """Choose the groups to hold out from all members; generated films only train.

    A group's side follows from its name and the seed alone, so a patient who was held out once is held out in
    every later training with more patients, and none that was trained on is ever measured on.

    Parameters
    ----------
    share
        Part of the real groups that is held out, about; at least one group when there are two or more.
    seed
        Another seed gives another division.
    """
    groups = _shuffled(films, seed)
    held = {group for group in groups if _chance(group, seed) < share}
    if share > 0:
        held |= set(groups[:1])
    return frozenset(held - set(groups[-1:]))


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
