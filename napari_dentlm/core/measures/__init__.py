"""Measures of films and faces: definitions as data, geometry as code, each with the state of its weakest point."""

from napari_dentlm.core.measures.definition import Condition, Definition, Grade, Norm, Unit
from napari_dentlm.core.measures.definitions import FACE_STRIP, STRIP, VERSION, load_definitions, strip
from napari_dentlm.core.measures.effects import effects
from napari_dentlm.core.measures.engine import Measured, evaluate, measure
from napari_dentlm.core.measures.tracing import Tracing

__all__ = [
    "FACE_STRIP",
    "STRIP",
    "VERSION",
    "Condition",
    "Definition",
    "Grade",
    "Measured",
    "Norm",
    "Tracing",
    "Unit",
    "effects",
    "evaluate",
    "load_definitions",
    "measure",
    "strip",
]
