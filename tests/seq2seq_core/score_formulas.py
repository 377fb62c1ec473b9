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


def moved(moves: Array, sharpness: float, s: int, before: Array) -> float:
    """e = g log(w' + least) at the position s, with the logarithms of the moves and the number below the softplus."""
    back, stay, on = np.exp(moves)
    padded = [0.0, *before, 0.0]
    after = (on * padded[s] + stay * padded[s + 1] + back * padded[s + 2]) / (back + stay + on)
    return float((1 + np.log1p(np.exp(sharpness))) * np.log(after + 1e-30))


def shift(q: Array, values: Array, w: Weights, s: int, before: Array) -> float:
    *moves, sharpness = w["query.weight"] @ q + w["query.bias"]
    return moved(np.array(moves), sharpness, s, before)


def shift_unsharpened(q: Array, values: Array, w: Weights, s: int, before: Array) -> float:
    return moved(w["query.weight"] @ q + w["query.bias"], -np.inf, s, before)


def shift_fixed(q: Array, values: Array, w: Weights, s: int, before: Array) -> float:
    (sharpness,) = w["query.weight"] @ q + w["query.bias"]
    return moved(w["move"][0], sharpness, s, before)


def shift_additive(q: Array, values: Array, w: Weights, s: int, before: Array) -> float:
    projected = w["query.weight"] @ q + w["query.bias"]
    content = np.exp([w["energy.weight"][0] @ np.tanh(projected[5:] + w["key.weight"] @ h) for h in values])
    gate = 1 / (1 + np.exp(-projected[4]))
    return moved(projected[:3], projected[3], s, gate * content / content.sum() + (1 - gate) * before)


def one_step(q: Array, values: Array, w: Weights, s: int, before: Array) -> float:
    step, width = w["query.weight"] @ q + w["query.bias"]
    mean = sum(position * weight for position, weight in enumerate(before)) + np.tanh(5 * step)
    width = 0.27 + np.log1p(np.exp(width))
    return float(-((s - mean) ** 2) / (2 * width**2))


def first_alignment(score: str | None, weights: Weights, length: int) -> Array:
    """The alignment (S,) before the first step: zeros, the same everywhere, or a mixture of the two ends."""
    alignment = np.full(length, 1 / length if score == "shift_uniform_start" else 0.0)
    if "last" in weights:
        mixture = 1 / (1 + np.exp(-5 * weights["last"][0]))
        alignment[0] += 1 - mixture
        alignment[-1] += mixture
    return alignment


# Scores that use the previous alignment get all values (S,C), the position s of one, and that alignment (S,).
FORMULAS_WITH_ALIGNMENT: dict[str, Callable[[Array, Array, Weights, int, Array], float]] = {
    "location": lambda q, values, w, s, before: float(
        w["energy.weight"][0]
        @ np.tanh(
            w["query.weight"] @ q
            + w["key.weight"] @ values[s]
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
    "shift_unsharpened": shift_unsharpened,
    "shift_uniform_start": shift,
    "shift_fixed": shift_fixed,
    "shift_additive": shift_additive,
    "one_step": one_step,
}
