"""Agreement of two readers, or of a reader and the model, on the same images."""

from napari_dentlm.core.agreement.compare import compare
from napari_dentlm.core.agreement.marks import MODEL, MarkId, Marks, marks_of, marks_of_annotations
from napari_dentlm.core.agreement.report import Agreement, LandmarkAgreement
from napari_dentlm.core.agreement.statistics import BlandAltman, bland_altman, dahlberg, icc

__all__ = [
    "MODEL",
    "Agreement",
    "BlandAltman",
    "LandmarkAgreement",
    "MarkId",
    "Marks",
    "bland_altman",
    "compare",
    "dahlberg",
    "icc",
    "marks_of",
    "marks_of_annotations",
]
