"""``dentlm``: puts the commands together and turns errors into sentences and exit codes."""

import io
import logging
import os
import sys
from typing import Annotated

import typer

from napari_dentlm import __version__
from napari_dentlm.cli.agree import agree
from napari_dentlm.cli.convert import convert
from napari_dentlm.cli.evaluate import evaluate
from napari_dentlm.cli.info import info
from napari_dentlm.cli.label import label
from napari_dentlm.cli.live import live
from napari_dentlm.cli.measure import measure
from napari_dentlm.cli.open import open_workbench
from napari_dentlm.cli.train import train
from napari_dentlm.cli.web import web
from napari_dentlm.core.errors import DentLMError

DEBUG_VARIABLE = "DENTLM_DEBUG"
# The backspace is typer's mark for a paragraph whose lines stay as they are.
HELP = """Landmarks on lateral cephalograms: label films, correct and export the points, retrain.

Everything runs on this computer. No film and no point leaves it.

\b
A first round:
  dentlm label FOLDER         find the landmarks of every film
  dentlm open FOLDER          look at them, correct, confirm, export
  dentlm train CORRECTED.csv --recipe ceph19 --start-from ceph19 --out MODEL

Exit code: 0 all done, 1 some files failed (the others are done), 2 wrong use.
"""

app = typer.Typer(
    name="dentlm",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
app.command("label")(label)
app.command("open")(open_workbench)
app.command("train")(train)
app.command("evaluate")(evaluate)
app.command("agree")(agree)
app.command("convert")(convert)
app.command("measure")(measure)
app.command("live")(live)
app.command("web")(web)
app.command("info")(info)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dentlm {__version__}")
        raise typer.Exit


@app.callback(help=HELP)
def dentlm(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Landmarks on lateral cephalograms."""


def main() -> None:
    """Run ``dentlm`` and leave the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # Linux allows file names that are not Unicode; they are shown with escapes.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        app()
    except DentLMError as error:
        typer.echo(f"dentlm: {error}", err=True)
        sys.exit(1)
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        typer.echo(
            f"dentlm: something unexpected happened: {type(error).__name__}: {error}\n"
            f"Please report it, with what the command shows after: {DEBUG_VARIABLE}=1",
            err=True,
        )
        sys.exit(1)
