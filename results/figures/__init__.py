"""Figures from tables and analyses. Pure functions: they read and write no file and return a matplotlib figure.

learning_curves  a metric and the fraction of runs at 99% by training step, accuracy by length
by_level         a value of each arm by the level of a factor
forest           the effect of each comparison
attention        attention weights of a study's models, and of one prediction for notebooks and scripts
tuning           trials of a tuning
timing_curves    times and ratios of times by source length
crossover        ratios of times by source length and padding ratio
growth           a cost against a size; slopes beside those of the work
validity         false alarms; power
arm_panels       the panels of a study's arms
style            the shared style: colours, markers, legends
svg              a figure as an SVG file, the same bytes each time
"""

import contextlib
import os
import sys

if "matplotlib" not in sys.modules:
    # Figures are saved without a backend, but importing matplotlib fails if MPLBACKEND names one that is not installed,
    # for example if a notebook starts a command of another environment.
    backend = os.environ.pop("MPLBACKEND", None)
    import matplotlib

    if backend is not None:
        os.environ["MPLBACKEND"] = backend
        with contextlib.suppress(ValueError):
            matplotlib.rcParams["backend"] = backend

from results.figures.attention import alignments, examples, mean_alignments, plot_attention
from results.figures.by_level import arms_by_level
from results.figures.crossover import crossover_map
from results.figures.forest import forest
from results.figures.growth import growth_curves, slope_intervals
from results.figures.learning_curves import (
    accuracy_by_length,
    extra_metric_curves,
    has_log_lengths,
    learning_curves,
    many_lengths,
    time_to_threshold_curves,
)
from results.figures.timing_curves import ratio_intervals, scaling_curves
from results.figures.tuning import tuning_values
from results.figures.validity import false_alarms, power

__all__ = [
    "accuracy_by_length",
    "alignments",
    "arms_by_level",
    "crossover_map",
    "examples",
    "extra_metric_curves",
    "false_alarms",
    "forest",
    "growth_curves",
    "has_log_lengths",
    "learning_curves",
    "many_lengths",
    "mean_alignments",
    "plot_attention",
    "power",
    "ratio_intervals",
    "scaling_curves",
    "slope_intervals",
    "time_to_threshold_curves",
    "tuning_values",
]
