"""Paths of images as tables hold them, and of files that may be written."""

import os
from pathlib import Path

import typer


def relative_path(image: Path, folder: Path) -> str:
    """Path of an image from a folder, with forward slashes.

    Parameters
    ----------
    image
        The image; a link to it keeps its own name.
    folder
        The folder of the table.

    Returns
    -------
    str
        Relative; absolute where there is no way, such as from another drive on Windows.
    """
    # Both without links: from a linked folder, ".." leads elsewhere than its name suggests.
    absolute = image.parent.resolve() / image.name
    try:
        return Path(os.path.relpath(absolute, folder.resolve())).as_posix()
    except ValueError:
        return absolute.as_posix()


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
