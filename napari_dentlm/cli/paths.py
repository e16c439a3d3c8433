"""Files that points may be written to."""

from pathlib import Path

import typer


def check_target(target: Path, option: str) -> None:
    """Refuse to write points over an image: the reader's images are never opened for writing.

    Raises
    ------
    typer.BadParameter
        When the target is an image or is named like one.
    """
    from napari_dentlm.core.imaging import is_image_file

    if is_image_file(target):
        raise typer.BadParameter(f"{target.name} is the name of an image. Choose another.", param_hint=option)
