"""Tables become figures. Pure functions: no file is read or written, and no state outside the figure is touched."""

from results.figures.crossover import crossover_map
from results.figures.heat_maps import alignments, examples, mean_alignments
from results.figures.ratios import ratio_intervals
from results.figures.scaling import scaling_curves
from results.figures.study import accuracy_by_length, learning_curves, measure_curves
from results.figures.style import STYLE
from results.figures.tuning import tuning_values

__all__ = [
    "STYLE",
    "accuracy_by_length",
    "alignments",
    "crossover_map",
    "examples",
    "learning_curves",
    "mean_alignments",
    "measure_curves",
    "ratio_intervals",
    "scaling_curves",
    "tuning_values",
]
