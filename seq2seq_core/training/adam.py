"""Adam (Kingma and Ba 2015) and the clipping of gradients: the numbers of torch, bit for bit, in half of its time.

torch.optim.Adam and clip_grad_norm_ take 6% of a training step of a small model, half of it around the operations that
are called here. torch.optim also imports torch._dynamo when the first optimizer is made, which takes a second.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

BETAS, EPSILON = (0.9, 0.999), 1e-8
"""Those of torch.optim.Adam"""
CLIP_EPSILON = 1e-6
"""That of torch.nn.utils.clip_grad_norm_"""


class Adam:
    """For each parameter p with the gradient g, at its step t, with b1 and b2 of `BETAS`:

    g = g + weight_decay p
    m = b1 m + (1 - b1) g
    v = b2 v + (1 - b2) g^2
    p = p - learning_rate * m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon)
    """

    def __init__(self, parameters: Iterable[nn.Parameter], learning_rate: float, weight_decay: float = 0.0) -> None:
        self._learning_rate = learning_rate
        self._weight_decay = weight_decay
        self._state = [
            (p, torch.zeros_like(p), torch.zeros_like(p), torch.zeros((), device=p.device)) for p in parameters
        ]  # p, m, v, t

    def zero_grad(self) -> None:
        for parameter, *_ in self._state:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Leaves a parameter without a gradient, and its t, as they are."""
        used = [state for state in self._state if state[0].grad is not None]
        if not used:
            return
        parameters, means, squares, steps = map(list, zip(*used, strict=True))
        grads = [parameter.grad for parameter in parameters]
        torch._foreach_add_(steps, 1)
        torch._fused_adam_(
            parameters,
            grads,
            means,
            squares,
            [],
            steps,
            lr=self._learning_rate,
            beta1=BETAS[0],
            beta2=BETAS[1],
            weight_decay=self._weight_decay,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )

    def state_dict(self) -> dict[str, Any]:
        """In the form of torch.optim.Adam."""
        rows = enumerate(self._state)
        return {"state": {row: {"step": t, "exp_avg": m, "exp_avg_sq": v} for row, (_, m, v, t) in rows}}

    @torch.no_grad()
    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Raises KeyError or ValueError if the state is that of other parameters."""
        for row, (_, *own) in enumerate(self._state):
            for tensor, name in zip(own, ("exp_avg", "exp_avg_sq", "step"), strict=True):
                value = saved["state"][row][name]
                if value.shape != tensor.shape:
                    raise ValueError(f"{name} of parameter {row}: {[*value.shape]}; expected {[*tensor.shape]}")
                tensor.copy_(value)


@torch.no_grad()
def clip_gradients(parameters: Iterable[nn.Parameter], norm: float) -> None:
    """Scales all gradients by min(1, norm / |g|), where |g| is the norm of all their elements."""
    grads = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if grads:
        total = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(grads)))
        torch._foreach_mul_(grads, torch.clamp(norm / (total + CLIP_EPSILON), max=1.0))
