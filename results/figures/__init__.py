"""Tables become figures. Pure functions: no file is read or written, and no state outside the figure is touched."""

from results.figures.heat_maps import alignments, examples, mean_alignments
from results.figures.speed import encoder_times, score_times, training_times
from results.figures.study import accuracy_by_length, learning_curves, measure_curves
from results.figures.style import STYLE
from results.figures.tuning import tuning_values

__all__ = [
    "STYLE",
    "accuracy_by_length",
    "alignments",
    "encoder_times",
    "examples",
    "learning_curves",
    "mean_alignments",
    "measure_curves",
    "score_times",
    "training_times",
    "tuning_values",
]
