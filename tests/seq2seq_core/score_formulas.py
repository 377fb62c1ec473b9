"""The formula of each score, for one query (Q,) and one value (C,), as its paper writes it.

The weights `w` are those of the score's `state_dict`.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Weights = dict[str, Array]

FORMULAS: dict[str, Callable[[Array, Array, Weights], float]] = {
    "dot": lambda q, h, w: float(q @ h),
    "scaled_dot": lambda q, h, w: float(q @ h / np.sqrt(len(h))),
    "general": lambda q, h, w: float(q @ (w["key.weight"] @ h)),
    "concat": lambda q, h, w: float(w["energy.weight"][0] @ np.tanh(w["hidden.weight"] @ np.concatenate([q, h]))),
    "additive": lambda q, h, w: float(w["energy.weight"][0] @ np.tanh(w["query.weight"] @ q + w["key.weight"] @ h)),
    "additive_normalised": lambda q, h, w: float(
        (1 / np.sqrt(w["energy.weight"].size) + w["gained"][0])
        * (w["energy.weight"][0] / np.sqrt(sum(w["energy.weight"][0] ** 2)))
        @ np.tanh(w["query.weight"] @ q + w["key.weight"] @ h + w["query.bias"])
        + w["offset"][0]
    ),
}


def shift(q: Array, h: Array, w: Weights, s: int, before: Array) -> float:
    *moves, sharpness = w["query.weight"] @ q + w["query.bias"]
    back, stay, on = np.exp(moves)
    padded = [0.0, *before, 0.0]
    moved = (on * padded[s] + stay * padded[s + 1] + back * padded[s + 2]) / (back + stay + on)
    return float((1 + np.log1p(np.exp(sharpness))) * np.log(moved + 1e-30))


def one_step(q: Array, h: Array, w: Weights, s: int, before: Array) -> float:
    step, width = w["query.weight"] @ q + w["query.bias"]
    mean = sum(position * weight for position, weight in enumerate(before)) + np.tanh(5 * step)
    width = 0.27 + np.log1p(np.exp(width))
    return float(-((s - mean) ** 2) / (2 * width**2))


def first_alignment(weights: Weights, length: int) -> Array:
    """The alignment (S,) before the first step: zeros, or a mixture of the two ends."""
    alignment = np.zeros(length)
    if "last" in weights:
        mixture = 1 / (1 + np.exp(-5 * weights["last"][0]))
        alignment[0] += 1 - mixture
        alignment[-1] += mixture
    return alignment


# Scores that use the previous alignment also get the position s of the value, and that alignment (S,).
FORMULAS_WITH_ALIGNMENT: dict[str, Callable[[Array, Array, Weights, int, Array], float]] = {
    "location": lambda q, h, w, s, before: float(
        w["energy.weight"][0]
        @ np.tanh(
            w["query.weight"] @ q
            + w["key.weight"] @ h
            + w["feature.weight"]
            @ [
                sum(
                    filter_[0, offset + 2] * before[s + offset]
                    for offset in (-2, -1, 0, 1, 2)
                    if 0 <= s + offset < len(before)
                )
                for filter_ in w["convolution.weight"]
            ]
            + w["query.bias"]
        )
    ),
    "shift": shift,
    "one_step": one_step,
}
