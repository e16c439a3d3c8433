"""Files that points may be written to, and their folders."""

import os
from pathlib import Path

import typer

from napari_dentlm.core.errors import DentLMError


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


def make_folder(folder: Path) -> None:
    """Make a folder that results are written to, before anything is computed.

    Raises
    ------
    DentLMError
        When it cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DentLMError(f"{folder}: this folder cannot be made ({error.strerror}).") from error
    if not os.access(folder, os.W_OK):
        raise DentLMError(f"{folder}: this folder cannot be written. Choose another one.")
