"""Predictions against readers: matching of films, errors in mm, tables of them, and how far to trust the model.

`labelled` loads torch and is imported only when a model has to label the films itself.
"""

from napari_dentlm.cli.evaluation.faces import FaceEvaluation, evaluate_faces, from_table, read_faces
from napari_dentlm.cli.evaluation.predictions import match
from napari_dentlm.cli.evaluation.scores import evaluate
from napari_dentlm.cli.evaluation.text import text_of
from napari_dentlm.cli.evaluation.truth import Truth, read_truth
from napari_dentlm.core.formats.faces import folder_of

__all__ = [
    "FaceEvaluation",
    "Truth",
    "evaluate",
    "evaluate_faces",
    "folder_of",
    "from_table",
    "match",
    "read_faces",
    "read_truth",
    "text_of",
]
