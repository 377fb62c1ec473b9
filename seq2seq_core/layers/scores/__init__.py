"""The attention scores. Every file of this folder is imported, and each named class in it is in `SCORES`.

base            the interface of a score, and the registry
dot_product     dot, scaled_dot, general
additive        concat, additive, additive_normalised
location        location
moves           shift, one_step
shift_variants  shift_unsharpened, shift_uniform_start, shift_fixed
gated           shift_additive
"""

import importlib
import pkgutil

from seq2seq_core.layers.scores.additive import AdditiveScore
from seq2seq_core.layers.scores.base import SCORES, DotProductScore, Score, UsesPreviousAlignment

__all__ = ["SCORES", "AdditiveScore", "DotProductScore", "Score", "UsesPreviousAlignment"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
