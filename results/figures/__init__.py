"""Tables become figures. Pure functions: no file is read or written, and no state outside the figure is touched."""

import contextlib
import os
import sys

if "matplotlib" not in sys.modules:
    # Figures are saved without a backend. matplotlib refuses to be imported where MPLBACKEND names one that is not
    # installed, as when a notebook starts a command of another environment.
    backend = os.environ.pop("MPLBACKEND", None)
    import matplotlib

    if backend is not None:
        os.environ["MPLBACKEND"] = backend
        with contextlib.suppress(ValueError):
            matplotlib.rcParams["backend"] = backend

from results.figures.crossover import crossover_map
from results.figures.forest import forest
from results.figures.heat_maps import alignments, examples, mean_alignments
from results.figures.learning_curves import accuracy_by_length, learning_curves, measure_curves
from results.figures.ratios import ratio_intervals
from results.figures.scaling import scaling_curves
from results.figures.style import styled
from results.figures.time_to_threshold import arrival_curves
from results.figures.tuning import tuning_values
from results.figures.validity import validity

__all__ = [
    "accuracy_by_length",
    "alignments",
    "arrival_curves",
    "crossover_map",
    "examples",
    "forest",
    "learning_curves",
    "mean_alignments",
    "measure_curves",
    "ratio_intervals",
    "scaling_curves",
    "styled",
    "tuning_values",
    "validity",
]
