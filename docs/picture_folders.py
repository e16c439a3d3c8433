"""Folders that `picture_tour` shows: many films, and a model with its report card."""

from pathlib import Path

import cv2
import numpy as np

from napari_dentlm.core.scheme import load_scheme
from sample_data import GeneratedFilm
from training.calibration import HeldOut
from training.report import TrainingReport


def report_card(folder: Path) -> None:
    """Write a report card with made-up errors, as a retraining leaves it."""
    rng, keys = np.random.default_rng(1), load_scheme().keys
    names = tuple(f"film {number}" for number in range(24))
    old, new = (np.abs(rng.normal(0, scale, (24, len(keys)))) for scale in (1.5, 1.2))
    results = [
        HeldOut(names, names, errors, np.zeros(24, bool), "mm", errors, np.zeros((24, len(keys), 3)))
        for errors in (new, old)
    ]
    folder.mkdir(parents=True)
    (folder / "model.toml").write_text("", encoding="utf-8")
    TrainingReport(folder, keys, tuple(f"t{n}" for n in range(96)), names, (), *results).save()


def many_films(film: GeneratedFilm, folder: Path, count: int) -> None:
    """Write many small films that differ a little."""
    folder.mkdir()
    small = cv2.resize(film.pixels, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    for number in range(count):
        turned = np.roll(small, number % 40 - 20, axis=1)
        cv2.imwrite(str(folder / f"patient_{number // 2 + 1:04}_{'before' if number % 2 else 'after'}.jpg"), turned)
