"""Training of cascades: data sets, recipes, fitting and reports.

Needs the extra ``[train]``. Adding a recipe is adding a TOML file to ``recipes/``; adding a stage is adding a
`StageTask` to ``stages/`` and naming it in ``training.py``.
"""

from training.report import TrainingReport
from training.training import train

__all__ = ["TrainingReport", "train"]
