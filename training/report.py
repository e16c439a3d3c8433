"""What a training leaves for people to read: tables, a verdict against the old bundle, the loss curves."""

import importlib.util
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.files import write_bytes
from napari_dentlm.core.metrics import bootstrap_interval, mre, score_table
from napari_dentlm.core.nme import nme_table
from training.calibration import HeldOut
from training.fitting import History

LEAST_PATIENTS = 8
"""Held-out patients below which no verdict is given."""


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """The outcome of a training.

    Parameters
    ----------
    bundle
        Folder of the new bundle.
    keys
        Its landmarks.
    training, validation
        Names of the films.
    left_out
        One sentence for each film that could not be used.
    new, old
        Results on the held-out films of the new bundle, and of the one it started from.
    history
        (epoch, loss, validation error) of each stage.
    changes
        One sentence for each change of a reader's habits.
    stopped
        Whether the training was stopped before its end.
    """

    bundle: Path
    keys: tuple[str, ...]
    training: tuple[str, ...]
    validation: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    new: HeldOut | None = None
    old: HeldOut | None = None
    history: dict[str, History] = field(default_factory=dict)
    changes: tuple[str, ...] = ()
    stopped: bool = False
    subject: ClassVar[str] = "films"
    owners: ClassVar[str] = "patients"

    def verdict(self) -> str:
        """Return whether the new bundle is better on the held-out films, with the interval of the difference."""
        if self.new is None or not np.isfinite(self.new.errors).any():
            return (
                f"None of the {self.subject} was held out (all belong to one patient or folder), "
                "so nobody knows whether the new model is better. If every image shows another patient, say so: the "
                "box in the window, or --one-film-a-patient."
            )
        unit = self.new.unit
        if self.old is None:
            return f"Mean error on {len(self.new.names)} held-out {self.subject}: {mre(self.new.errors):.2f} {unit}."
        change = self.new.errors - self.old.errors
        films, patients = _counts(self.new, change)
        refusals = int(self.new.refused.sum()) - int(self.old.refused.sum())
        by_patient = _by_patient(change, self.new.groups)
        low, high = bootstrap_interval(by_patient, mre)
        if patients < LEAST_PATIENTS:
            owners = f"{patients} {self.owners} are" if patients != 1 else f"1 {self.owners[:-1]} is"
            word = f"not to be judged: {owners} too few ({LEAST_PATIENTS} or more are needed);"
        elif high < 0 and refusals <= 0:
            word = "better"
        else:
            word = "worse" if low > 0 or refusals > 0 else "neither clearly better nor clearly worse"
        return (
            f"The new model is {word} on {films} held-out {self.subject} of {patients} {self.owners}: "
            f"the mean error changes by {mre(by_patient):+.2f} {unit} (95 % interval {low:+.2f} to {high:+.2f}), "
            f"the number of refused {self.subject} by {refusals:+d}. The model in use stays as it is."
        )

    def __str__(self) -> str:
        """Return the report as text."""
        parts = [f"Trained on {len(self.training)} {self.subject}, {len(self.validation)} held out."]
        if set(self.training) & set(self.validation):
            parts = [
                f"Trained on {len(self.training)} {self.subject}; each was measured by the member that never saw it."
            ]
        parts += [f"Left out: {reason}" for reason in self.left_out]
        parts += self.changes
        if self.stopped:
            return "\n".join([*parts, "The training was stopped before its end. Run it again to go on from there."])
        parts += self._table()
        return "\n".join([*parts, self.verdict()])

    def _table(self) -> list[str]:
        if self.new is None or self.new.unit != "mm" or not np.isfinite(self.new.errors).any():
            return []
        return [score_table(self.new.errors, self.keys).text()]

    def _scores(self) -> dict[str, Any] | None:
        # Shares within so many mm mean nothing of errors in pixels.
        in_mm = self.new is not None and self.new.unit == "mm"
        return score_table(self.new.errors, self.keys).as_dict() if self.new is not None and in_mm else None

    def save(self) -> None:
        """Write `report.txt`, `report.json` and `loss.dentlm.png` into the bundle's folder."""
        write_bytes(self.bundle / "report.txt", f"{self}\n".encode())
        content = {
            "training": self.training,
            "validation": self.validation,
            "left_out": self.left_out,
            "changes": self.changes,
            "history": self.history,
            "verdict": self.verdict(),
            "scores": self._scores(),
            "unit": None if self.new is None else self.new.unit,
        }
        write_bytes(self.bundle / "report.json", json.dumps(content, indent=1, allow_nan=False).encode())
        # The curve's numbers are in the JSON too: a machine that only trains may do without the drawing.
        if any(self.history.values()) and importlib.util.find_spec("matplotlib"):
            _draw(self.history, self.bundle / "loss.dentlm.png")


class PhotoReport(TrainingReport):
    """The outcome of a training on photographs: errors are relative to the distance between the eyes."""

    __slots__ = ()
    subject: ClassVar[str] = "faces"
    owners: ClassVar[str] = "persons"

    def _table(self) -> list[str]:
        return [] if self.new is None else [nme_table(self.new.errors, self.keys).text()]

    def _scores(self) -> dict[str, Any] | None:
        return None if self.new is None else nme_table(self.new.errors, self.keys).as_dict()


def _counts(held_out: HeldOut, change: NDArray[np.float64]) -> tuple[int, int]:
    compared = np.isfinite(change).any(axis=1)
    return int(compared.sum()), len({g for g, used in zip(held_out.groups, compared, strict=True) if used})


def _by_patient(change: NDArray[np.float64], groups: tuple[str, ...]) -> NDArray[np.float64]:
    """Return one row per patient, because films of one patient are not independent."""
    rows = []
    for group in sorted(set(groups)):
        part = change[[g == group for g in groups]]
        known = np.isfinite(part)
        total = np.where(known, part, 0.0).sum(axis=0)
        rows.append(np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan))
    return np.stack(rows)


def _draw(history: dict[str, History], path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = {name: entries for name, entries in history.items() if entries}
    figure = Figure(figsize=(4 * len(drawn), 3), layout="constrained")
    FigureCanvasAgg(figure)
    for axis, (name, entries) in zip(figure.subplots(1, len(drawn), squeeze=False)[0], drawn.items(), strict=True):
        epochs, loss, measured = zip(*entries, strict=True)
        error = np.array(measured, dtype=float)
        axis.plot(epochs, loss)
        axis.set(title=name, xlabel="epoch", ylabel="training loss")
        if np.isfinite(error).any():
            right = axis.twinx()
            right.plot(
                np.array(epochs)[np.isfinite(error)],
                error[np.isfinite(error)],
                color="tab:orange",
                label="error on held-out films",
            )
            right.set_ylabel("error on held-out films")
    figure.savefig(path, dpi=100)
