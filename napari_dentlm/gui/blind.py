"""Blind reading: an annotation without what the model said about points that the reader has not placed."""

from dataclasses import replace

from napari_dentlm.core.annotation import Annotation, Landmark, State


def blinded(annotation: Annotation) -> Annotation:
    """The annotation as a blind reader may see it: the model's word appears with the reader's own point."""
    return replace(annotation, landmarks={key: _blinded(mark) for key, mark in annotation.landmarks.items()})


def _blinded(landmark: Landmark) -> Landmark:
    return landmark if landmark.touched else Landmark(landmark.key, State.NOT_ASSESSED, None)
