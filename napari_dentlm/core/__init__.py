"""Schemes, annotations, journals, image readers and formats: no Qt, no napari, no torch."""
