"""Every attention score there is: each file of this folder is read, and each named class in it is in `SCORES`."""

import importlib
import pkgutil

from seq2seq_core.layers.scores.additive import AdditiveScore
from seq2seq_core.layers.scores.base import SCORES, DotProductScore, Score, UsesPreviousAlignment

__all__ = ["SCORES", "AdditiveScore", "DotProductScore", "Score", "UsesPreviousAlignment"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
