"""napari's sample data: a generated film and a generated photograph, made when they are asked for."""

from typing import Any

SEED = 9001


def generated_film() -> list[tuple[Any, dict[str, Any], str]]:
    """A generated film, which shows no patient, with its spacing."""
    from sample_data import generate_film

    film = generate_film(SEED)
    spacing = (film.spacing_mm, film.spacing_mm)
    options = {"name": "Generated film", "colormap": "gray", "scale": spacing, "units": ("mm", "mm")}
    return [(film.pixels, options, "image")]


def generated_group() -> list[tuple[Any, dict[str, Any], str]]:
    """A generated photograph of six faces, which shows nobody."""
    from sample_data import GROUP_SEED, GROUP_SIZE, generate_group

    return [(generate_group(GROUP_SEED, GROUP_SIZE).pixels, {"name": "Generated faces", "rgb": True}, "image")]
