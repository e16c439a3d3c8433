"""What a training leaves for people to read: tables, a verdict against the old bundle, the loss curves."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from napari_dentlm.core.files import write_bytes
from napari_dentlm.core.metrics import bootstrap_interval, mre, score_table
from training.calibration import HeldOut
from training.fitting import History


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
    stopped: bool = False

    def verdict(self) -> str:
        """Return whether the new bundle is better on the held-out films, with the interval of the difference."""
        if self.new is None or not np.isfinite(self.new.errors).any():
            return "No film was held out, so nobody knows whether the new bundle is better."
        if self.old is None:
            return f"Mean error on {len(self.new.names)} held-out films: {mre(self.new.errors):.2f} mm."
        both = np.isfinite(self.new.errors) & np.isfinite(self.old.errors)
        change = np.where(both, self.new.errors - self.old.errors, np.nan)
        low, high = bootstrap_interval(change, mre)
        word = "better" if high < 0 else "worse" if low > 0 else "neither clearly better nor clearly worse"
        return (
            f"The new bundle is {word} on {len(self.new.names)} held-out films: the mean error changes by "
            f"{mre(change):+.2f} mm (95 % interval {low:+.2f} to {high:+.2f}). The bundle in use stays as it is."
        )

    def __str__(self) -> str:
        """Return the report as text."""
        parts = [f"Trained on {len(self.training)} films, {len(self.validation)} held out."]
        parts += [f"Left out: {reason}" for reason in self.left_out]
        if self.stopped:
            return "\n".join([*parts, "The training was stopped before its end. Run it again to go on from there."])
        if self.new is not None and np.isfinite(self.new.errors).any():
            parts.append(score_table(self.new.errors, self.keys).text())
        return "\n".join([*parts, self.verdict()])

    def save(self) -> None:
        """Write `report.txt`, `report.json` and `loss.png` into the bundle's folder."""
        write_bytes(self.bundle / "report.txt", f"{self}\n".encode())
        content = {
            "training": self.training,
            "validation": self.validation,
            "left_out": self.left_out,
            "history": self.history,
            "verdict": self.verdict(),
            "scores": None if self.new is None else score_table(self.new.errors, self.keys).as_dict(),
        }
        write_bytes(self.bundle / "report.json", json.dumps(content, indent=1).encode())
        if any(self.history.values()):
            _draw(self.history, self.bundle / "loss.png")


def _draw(history: dict[str, History], path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = {name: entries for name, entries in history.items() if entries}
    figure = Figure(figsize=(4 * len(drawn), 3), layout="constrained")
    FigureCanvasAgg(figure)
    for axis, (name, entries) in zip(figure.subplots(1, len(drawn), squeeze=False)[0], drawn.items(), strict=True):
        epochs, loss, error = zip(*entries, strict=True)
        axis.plot(epochs, loss, label="training loss")
        axis.set(title=name, xlabel="epoch", ylabel="loss")
        right = axis.twinx()
        right.plot(epochs, error, color="tab:orange", label="error on held-out films")
        right.set_ylabel("held-out error")
    figure.savefig(path, dpi=100)
