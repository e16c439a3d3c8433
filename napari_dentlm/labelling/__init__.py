"""Labelling of whole folders: read, predict and write at the same time, resume, survive any single bad file.

`label_paths` is used by the command line and by the worker. It loads torch: import it inside a command.
"""

from napari_dentlm.labelling.results import LabelEvent, LabelSummary, Outcome
from napari_dentlm.labelling.run import label_paths

__all__ = ["LabelEvent", "LabelSummary", "Outcome", "label_paths"]
