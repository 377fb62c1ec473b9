"""Every attention score there is: each file of this folder is read, and each named class in it is in `SCORES`."""

import importlib
import pkgutil

from seq2seq_core.scores.additive import Summed
from seq2seq_core.scores.base import SCORES, LooksBack, Product, Score

__all__ = ["SCORES", "LooksBack", "Product", "Score", "Summed"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
