"""The figures of an evaluation as tables for a terminal."""

from pathlib import Path

import numpy as np

from napari_dentlm.cli.evaluation.scores import ALL_FILMS, Evaluation
from napari_dentlm.cli.evaluation.trust import LARGE_MM
from napari_dentlm.cli.evaluation.truth import MEAN
from napari_dentlm.cli.wording import counted
from napari_dentlm.core.metrics import SDR_MM, interval_text, number_text

PAPER_RECIPE = "model:gonion-paper@"
PAPER_FIGURES = "the paper's figures for gonion: MRE 3.68 mm; SDR 49 % at 2, 60 % at 2.5, 74 % at 3, 99 % at 4 mm"


def text_of(result: Evaluation, *, per_film: bool) -> str:
    """Put the tables together: landmarks against the headline truth, then each truth in a line.

    Parameters
    ----------
    result
        The figures.
    per_film
        Show the mean error of each film, too.
    """
    lines = [
        f"Points of {', '.join(result.origins) or 'unknown origin'} against {_named(result.headline)}",
        "",
        result.tables[result.headline][ALL_FILMS].text(),
        "",
    ]
    if any(origin.startswith(PAPER_RECIPE) for origin in result.origins) and "Go" in result.keys:
        lines += [f"L10 (Go): {PAPER_FIGURES}", ""]
    if per_film:
        lines += [*_film_lines(result), ""]
    if any(trust.circles for trust in result.trust.values()):
        lines += [*_trust_lines(result), ""]
    lines += _truth_lines(result)
    if result.left_out:
        lines.append(f"Left out, because the truth has none of their points: {counted(len(result.left_out), 'film')}")
    if result.unpredicted:
        lines.append(
            f"Not counted, because they have no prediction: {counted(result.unpredicted, 'film')} of the truth"
        )
    return "\n".join(lines)


def _film_lines(result: Evaluation) -> list[str]:
    """Name each film by its file where that is clear, else by its path."""
    short = {name: Path(name).name for name in result.per_film}
    unique = len(set(short.values())) == len(short)
    shown = {(short[name] if unique else name): error for name, error in result.per_film.items()}
    width = max(map(len, shown), default=4)
    errors = {name: "no points" if mm is None else f"{mm:.2f}" for name, mm in shown.items()}
    return [f"{'film':<{width}}  mean error mm", *(f"{name:<{width}}  {error:>13}" for name, error in errors.items())]


def _trust_lines(result: Evaluation) -> list[str]:
    """Whether the circles hold what they state, and whether the flags stand at the large errors: one column a truth."""
    each = result.trust.values()
    rows = {key: [_percent(trust.landmarks[key]) for trust in each] for key in result.keys}
    rows |= {
        "all": [_percent(trust.inside) for trust in each],
        "median area of the circles, mm2": [number_text(trust.median_area_mm2, 1) for trust in each],
        "points that are flagged, %": [_percent(_ratio(trust.flagged, trust.points)) for trust in each],
        f"errors above {LARGE_MM:g} mm": [str(trust.large) for trust in each],
        "of these flagged, %": [_percent(_ratio(trust.large_flagged, trust.large)) for trust in each],
    }
    lead = max(map(len, rows))
    width = max(8, *(len(truth) + 2 for truth in result.trust))
    return [
        "Expected error: share of the true points inside the stated circle (a 95 % circle should hold 95 %)",
        f"{'inside, %':<{lead}}" + "".join(f"{truth:>{width}}" for truth in result.trust),
        *(f"{name:<{lead}}" + "".join(f"{value:>{width}}" for value in values) for name, values in rows.items()),
    ]


def _truth_lines(result: Evaluation) -> list[str]:
    head = f"{'against':<24}{'films':<20}{'n':>4}{'MRE mm':>8} {'95 %':>14}{'<2 mm %':>9} {'95 %':>14}"
    head += "".join(f"{f'<{mm:g}':>7}" for mm in SDR_MM[1:])
    return [head, *(_line(truth, films, result) for truth, sets in result.tables.items() for films in sets)]


def _line(truth: str, films: str, result: Evaluation) -> str:
    table = result.tables[truth][films]
    score = table.overall
    line = f"{_named(truth):<24}{films:<20}{table.films:>4}{number_text(score.mre, 3):>8} "
    line += f"{interval_text(score.mre_interval, 2):>14}{_percent(score.sdr[0]):>9} "
    line += f"{interval_text(score.sdr2_interval, 1, 100):>14}"
    return line + "".join(f"{_percent(share):>7}" for share in score.sdr[1:])


def _percent(share: float) -> str:
    return number_text(100 * share, 1)


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else np.nan


def _named(truth: str) -> str:
    return "the mean of the readers" if truth == MEAN else f"reader {truth}"
