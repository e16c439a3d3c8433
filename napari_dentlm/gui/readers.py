"""napari's reader: one file is one image, with its grey window and, where it is known, its spacing."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

LayerData = tuple[Any, dict[str, Any], str]


def get_reader(path: str | Sequence[str]) -> Callable[[str | Sequence[str]], list[LayerData]] | None:
    """The reader for DICOM films; None for what is not one. It never opens the file."""
    first = path if isinstance(path, str) else path[0]
    return read if Path(first).suffix.lower() in (".dcm", ".dicom") else None


def read(path: str | Sequence[str]) -> list[LayerData]:
    """Read the named files, and no other file of their folder.

    Raises
    ------
    DentLMError
        When a file cannot be read; napari shows the sentence.
    """
    # Imported here, because napari imports this module at every start.
    from napari_dentlm.core.imaging import iter_frames
    from napari_dentlm.gui.film_view import layer_data

    paths = [path] if isinstance(path, str) else list(path)
    return [layer_data(image) for each in paths for image in iter_frames(Path(each))]
