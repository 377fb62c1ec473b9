"""A plot of attention holds the given weights, with each token beside its row or column, at any size."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Text

from results import plot_attention
from results.errors import InputError


@dataclass(frozen=True)
class Weights:
    source: list[str]
    prediction: list[str]
    weights: list[list[float]]


def uniform(rows: int, columns: int) -> list[list[float]]:
    return [[1 / columns] * columns for _ in range(rows)]


def names(labels: list[Text]) -> list[str]:
    return [label.get_text() for label in labels]


def test_a_plot_holds_the_weights_and_the_tokens():
    weights = [[0.1, 0.9], [0.7, 0.3], [0.5, 0.5]]
    given_at_once = plot_attention(Weights(["a", "b"], ["b", "$x$", "</s>"], weights))
    given_apart = plot_attention(["a", "b"], ["b", "$x$", "</s>"], weights)
    for figure in (given_at_once, given_apart):
        ax = figure.axes[0]
        np.testing.assert_array_equal(ax.images[0].get_array(), weights)
        assert ax.images[0].get_clim() == (0, 1)
        assert names(ax.get_xticklabels()) == ["a", "b"]
        assert names(ax.get_yticklabels()) == ["b", r"\$x\$", "</s>"]


def test_a_notebook_shows_a_plot():
    shown = plot_attention(["a"], ["b"], [[1.0]])._repr_png_()
    assert shown.startswith(b"\x89PNG")


def overlaps(figure: Figure) -> bool:
    figure.draw_without_rendering()
    ax = figure.axes[0]
    for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
        boxes = [label.get_window_extent() for label in labels]
        if any(one.overlaps(other) for one, other in pairwise(boxes)):
            return True
    return False


@settings(max_examples=8)
@given(st.integers(1, 400), st.integers(1, 400), st.sampled_from(["m", "twenty-third", " "]))
def test_labels_do_not_overlap_and_a_long_sequence_fits_on_a_page(rows: int, columns: int, name: str):
    figure = plot_attention([name] * columns, [name] * rows, uniform(rows, columns))
    assert max(figure.get_size_inches()) <= 14
    assert not overlaps(figure)
    figure.savefig(io.BytesIO(), format="png", dpi=20)


@pytest.mark.parametrize(
    ("source", "prediction", "weights"),
    [
        ([], [], []),
        (["a"], ["a"], []),
        (["a", "b"], ["a"], [[1.0]]),
        (["a"], ["a"], [[1.0], [1.0]]),
        (["a", "b"], ["a", "b"], [[0.5, 0.5], [1.0]]),
    ],
)
def test_weights_that_do_not_fit_the_tokens_are_refused_in_one_line(source, prediction, weights):
    with pytest.raises(InputError, match=r"expected .* rows, one for each predicted token") as caught:
        plot_attention(source, prediction, weights)
    assert "\n" not in str(caught.value)


def test_importing_the_package_is_cheap():
    words = "import sys, results; print('matplotlib' in sys.modules, hasattr(results, 'plot'))"
    root = Path(__file__).parents[2]
    alone = subprocess.run([sys.executable, "-S", "-c", words], capture_output=True, text=True, cwd=root, check=True)
    assert alone.stdout == "False False\n"
