"""Reading images: `read_image` gives one frame of any file that the project understands."""

from napari_dentlm.core.imaging.discovery import image_paths, is_image_file
from napari_dentlm.core.imaging.image import Image
from napari_dentlm.core.imaging.reader import iter_frames, read_image

__all__ = ["Image", "image_paths", "is_image_file", "iter_frames", "read_image"]
