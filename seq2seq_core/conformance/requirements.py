"""Requirements that raise AssertionError with a message of one line."""

from __future__ import annotations

import torch
from torch import Tensor

CLOSE = 1e-9
"""The largest difference of equal values in float64, relative to the largest of them if that is above 1."""


def require(condition: bool, message: str) -> None:
    """AssertionError with the message if the condition is false. Unlike `assert`, it is never compiled away."""
    if not condition:
        raise AssertionError(message)


def require_shape(what: str, tensor: Tensor, *shape: int) -> None:
    require(
        isinstance(tensor, Tensor) and tensor.shape == shape,
        f"{what}: the shape is {tuple(getattr(tensor, 'shape', ()))}; expected {shape}",
    )
    require(bool(torch.isfinite(tensor).all()), f"{what}: it has values that are not finite; expected finite numbers")


def require_equal(what: str, found: Tensor, expected: Tensor, tolerance: float = CLOSE) -> None:
    require(
        found.shape == expected.shape,
        f"{what}: the shapes are {tuple(found.shape)} and {tuple(expected.shape)}; expected equal ones",
    )
    if found.numel():
        difference = (found - expected).abs().max().item()
        limit = tolerance * max(1.0, expected.abs().max().item())
        require(difference <= limit, f"{what}: they differ by up to {difference:.3g}; expected at most {limit:.1g}")


def require_gradients(what: str, named: dict[str, Tensor]) -> None:
    """Each tensor has a gradient that is finite and not zero everywhere."""
    for name, tensor in named.items():
        gradient = tensor.grad
        require(gradient is not None, f"{what}: {name} has no gradient; expected that the result depends on it")
        assert gradient is not None
        require(bool(torch.isfinite(gradient).all()), f"{what}: the gradient of {name} is not finite")
        require(
            gradient.abs().sum().item() > 0,
            f"{what}: the gradient of {name} is zero; expected that the result depends on it",
        )
