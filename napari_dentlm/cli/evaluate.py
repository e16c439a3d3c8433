"""``dentlm evaluate``: how far points are from what readers marked."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_dentlm.cli.options import DeviceChoice, DeviceOption, SpacingOption, check_device, check_model
from napari_dentlm.core.errors import DentLMError

if TYPE_CHECKING:
    from napari_dentlm.cli.evaluation import Evaluation, Truth
    from napari_dentlm.core.formats.landmark_csv import LandmarkRow

PAPER_RECIPE = "model:gonion-paper@"
PAPER_FIGURES = "the paper's figures for gonion: MRE 3.68 mm; SDR 49 % at 2, 60 % at 2.5, 74 % at 3, 99 % at 4 mm"


def evaluate(
    predictions: Annotated[
        str,
        typer.Argument(
            metavar="PREDICTIONS",
            help="A table written by 'dentlm label', or a model (name or folder) to label them with.",
        ),
    ],
    truth: Annotated[
        Path,
        typer.Argument(
            exists=True,
            metavar="TRUTH",
            help="Points that readers marked: our table, or a folder of the ISBI challenge (senior, junior).",
        ),
    ],
    against: Annotated[
        str | None,
        typer.Option(
            "--truth",
            metavar="mean|READER",
            help="Whom to compare with in the table of landmarks. Default: the mean.",
        ),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, metavar="DIR", help="Where the films are, when a model is given."),
    ] = None,
    spacing: SpacingOption = None,
    per_film: Annotated[bool, typer.Option("--per-film", help="Show the mean error of each film.")] = False,
    device: DeviceOption = DeviceChoice.AUTO,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", dir_okay=False, metavar="FILE", help="Write all figures as JSON too."),
    ] = None,
) -> None:
    """Compare points with those of readers: mean error and success rates in millimetres.

    MRE is the mean distance. SDR is the share of points within 2, 2.5, 3 and 4 mm. Intervals are 95 %, over
    films.
    """
    from napari_dentlm.cli import evaluation

    if Path(predictions).suffix.lower() == ".csv" and not Path(predictions).is_file():
        raise typer.BadParameter(f"there is no file {predictions}", param_hint="PREDICTIONS")
    known = evaluation.read_truth(truth)
    headline = against or known.choices[0]
    if headline not in known.choices:
        raise typer.BadParameter(f"'{headline}' is not one of {', '.join(known.choices)}", param_hint="--truth")
    if json_file is not None and not json_file.parent.is_dir():
        raise DentLMError(f"{json_file}: there is no such folder. Nothing was computed.")
    rows = _rows(predictions, truth, known, images, device)
    matched = evaluation.match(rows, known, predictions)
    result = evaluation.evaluate(matched, known, headline=headline, spacing_mm=spacing)
    typer.echo(_text(result, per_film))
    if matched.unmatched:
        typer.echo(f"{len(matched.unmatched)} films without truth were left out, such as {matched.unmatched[0]}")
    if json_file is not None:
        from napari_dentlm.core.files import write_text

        try:
            write_text(json_file, json.dumps(result.as_dict(), indent=2, allow_nan=False) + "\n")
        except OSError as error:
            raise DentLMError(f"{json_file}: the figures could not be written ({error.strerror}).") from error


def _rows(
    predictions: str, truth_path: Path, truth: "Truth", images: Path | None, device: DeviceChoice
) -> "list[LandmarkRow]":
    """Read the table, or let the model label the films of the truth."""
    from napari_dentlm.core.formats import landmark_csv

    if Path(predictions).is_file():
        return landmark_csv.read(Path(predictions), truth.scheme)
    if images is None and truth.by_number:
        raise typer.BadParameter("a model needs the films. Give their folder with --images DIR", param_hint="--images")
    from napari_dentlm.cli.evaluate_bundle import predicted_rows

    check_model(predictions, "PREDICTIONS")
    check_device(device, "--device")
    return predicted_rows(predictions, images or truth_path.parent, truth, device.value)


def _text(result: "Evaluation", per_film: bool) -> str:
    """Put the tables together: landmarks against the headline truth, then each truth in a line."""
    from napari_dentlm.cli.evaluation import ALL_FILMS

    lines = [
        f"Points of {', '.join(result.origins) or 'unknown origin'} against {_named(result.headline)}",
        "",
    ]
    lines += [result.tables[result.headline][ALL_FILMS].text(), ""]
    if any(origin.startswith(PAPER_RECIPE) for origin in result.origins) and "Go" in result.keys:
        lines += [f"L10 (Go): {PAPER_FIGURES}", ""]
    if per_film:
        lines += [*_film_lines(result), ""]
    lines += [f"{'against':<24}{'films':<20}{'n':>4}{'MRE mm':>8} {'95 %':>14}{'<2 mm %':>9} {'95 %':>14}"]
    lines[-1] += "".join(f"{f'<{mm:g}':>7}" for mm in (2.5, 3, 4))
    lines += [_line(truth, films, result) for truth, sets in result.tables.items() for films in sets]
    if result.left_out:
        lines += [f"{len(result.left_out)} films were left out because the truth has none of their points"]
    return "\n".join(lines)


def _film_lines(result: "Evaluation") -> list[str]:
    """Name each film by its file where that is clear, else by its path."""
    short = {name: Path(name).name for name in result.per_film}
    unique = len(set(short.values())) == len(short)
    shown = {(short[name] if unique else name): error for name, error in result.per_film.items()}
    width = max(map(len, shown), default=4)
    errors = {name: "no points" if mm is None else f"{mm:.2f}" for name, mm in shown.items()}
    return [f"{'film':<{width}}  mean error mm", *(f"{name:<{width}}  {error:>13}" for name, error in errors.items())]


def _line(truth: str, films: str, result: "Evaluation") -> str:
    table = result.tables[truth][films]
    score = table.overall
    mre = "{:.2f} to {:.2f}".format(*score.mre_interval)
    sdr = "{:.1f} to {:.1f}".format(*(100 * end for end in score.sdr2_interval))
    line = f"{_named(truth):<24}{films:<20}{table.films:>4}{score.mre:>8.3f} {mre:>14}"
    line += f"{100 * score.sdr[0]:>9.1f} {sdr:>14}"
    return line + "".join(f"{100 * share:>7.1f}" for share in score.sdr[1:])


def _named(truth: str) -> str:
    return "the mean of the readers" if truth == "mean" else f"reader {truth}"
