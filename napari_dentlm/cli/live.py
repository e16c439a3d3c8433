"""``dentlm live``: faces of a camera, a video or a folder of frames, as they come."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_dentlm.cli.options import DeviceChoice, DeviceOption, check_device, check_model
from napari_dentlm.cli.paths import check_target, make_folder
from napari_dentlm.core.errors import DentLMError

if TYPE_CHECKING:
    from napari_dentlm.cascade.cascade import Cascade
    from napari_dentlm.live.watching import Seen

MODEL = "face68"


def live(
    source: Annotated[
        str, typer.Argument(metavar="[SOURCE]", help="Number of a camera, a video file, or a folder of frames.")
    ] = "0",
    model: Annotated[
        str, typer.Option(help="Model for photographs: a name, or the folder of your own.", metavar="NAME|DIR")
    ] = MODEL,
    device: DeviceOption = DeviceChoice.AUTO,
    frames: Annotated[int | None, typer.Option(min=1, help="End after so many frames.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="With --headless: write the points of all frames here.", metavar="CSV"),
    ] = None,
    headless: Annotated[
        bool, typer.Option("--headless", help="Without a window: label, and print the rate at the end.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As --headless, and print the rate as JSON.")] = False,
) -> None:
    """Draw boxes and points on the faces of a camera, a video or a folder of frames, with the frame rate.

    The pictures are shown and forgotten; they are never stored. Without a window Ctrl-C ends it, and the points found
    so far are written.
    """
    # One face is little work: threads that wait for each other would cost more than they bring, and the window needs
    # the other processor core. It has to stand before torch is loaded.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    check_model(model, "--model")
    check_device(device, "--device")
    if not (headless or as_json):
        if out is not None:
            raise typer.BadParameter("needs --headless.", param_hint="--out")
        _show(source, model, device.value, frames)
        return
    if out is not None:
        check_target(out, "--out")
        make_folder(out.parent)
    from napari_dentlm.cascade.cascade import Cascade
    from napari_dentlm.live.sources import frames_of
    from napari_dentlm.live.watching import watch

    cascade = Cascade.load(model, device.value)
    taken = frames_of(source, unreadable=lambda error: typer.echo(f"Left out: {error}", err=True))
    facts = _watched(islice(watch(taken, cascade), frames), cascade, out)
    typer.echo(json.dumps(facts, indent=2) if as_json else _text(facts))


def _watched(seen: "Iterator[Seen]", cascade: "Cascade", out: Path | None) -> dict[str, Any]:
    """Go through all frames, or up to the one at Ctrl-C; gives counts and rates."""
    from napari_dentlm.cli.stopper import Stopper
    from napari_dentlm.core.formats.row_stream import row_stream
    from napari_dentlm.live.watching import rows_of_seen

    frames = faces = without = 0
    with ExitStack() as stack:
        table = stack.enter_context(row_stream(out)) if out is not None else None
        stopper = stack.enter_context(Stopper())
        begun = time.perf_counter()
        for each in seen:
            frames += 1
            faces += len(each.faces)
            without += not each.faces
            if table is not None and out is not None:
                table.add(rows_of_seen(each, cascade, out.parent))
            if stopper.asked():
                break
        seconds = time.perf_counter() - begun
    return {
        "frames": frames,
        "faces": faces,
        "frames_without_face": without,
        "seconds": round(seconds, 3),
        "frames_per_second": round(frames / seconds, 1),
        "faces_per_second": round(faces / seconds, 1),
        "csv": None if out is None else str(out),
    }


def _text(facts: dict[str, Any]) -> str:
    text = (
        f"{facts['frames']} frames, {facts['faces']} faces ({facts['frames_without_face']} frames without one) in "
        f"{facts['seconds']:.1f} s: {facts['frames_per_second']} frames and {facts['faces_per_second']} faces a second."
    )
    return text if facts["csv"] is None else f"{text}\nPoints written to {facts['csv']}"


def _show(source: str, model: str, device: str, frames: int | None) -> None:
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise DentLMError("There is no screen here to open napari on. 'dentlm live --headless' works without one.")
    from napari_dentlm.gui.live_window import show_live

    show_live(source, model, device, frames)
