"""Paths of images as tables hold them."""

import os
from pathlib import Path


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
