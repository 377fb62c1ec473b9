"""The optimizer and the clipping give the numbers of torch, bit for bit."""

import copy
from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from seq2seq_core.training.adam import Adam, clip_gradients

SHAPES = [(5, 3), (17,), (), (1, 40)]
steps = st.lists(st.lists(st.booleans(), min_size=len(SHAPES), max_size=len(SHAPES)), min_size=1, max_size=6)
"""For each step, which parameters have a gradient"""


def random_parameters(seed: int) -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(seed)
    return [nn.Parameter(torch.randn(shape, generator=generator)) for shape in SHAPES]


def set_gradients(parameters: Sequence[nn.Parameter], has_gradient: Sequence[bool], seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    for parameter, given_one in zip(parameters, has_gradient, strict=True):
        gradient = torch.randn(parameter.shape, generator=generator)
        parameter.grad = gradient if given_one else None


def same(ours: Sequence[nn.Parameter], theirs: Sequence[nn.Parameter]) -> bool:
    return all(torch.equal(one, other) for one, other in zip(ours, theirs, strict=True))


@given(steps, st.integers(0, 2**32), st.floats(0.01, 100), st.integers(0, 5), st.sampled_from([0.0, 1e-2]))
def test_parameters_after_clipped_steps_are_those_of_torch(
    gradients: list[list[bool]], seed: int, norm: float, handover: int, decay: float
) -> None:
    """From step `handover` on, a new optimizer continues from the state of torch's."""
    ours, theirs = random_parameters(seed), random_parameters(seed)
    adam, reference = Adam(ours, 1e-2, decay), torch.optim.Adam(theirs, lr=1e-2, weight_decay=decay, fused=True)
    for step, has_gradient in enumerate(gradients):
        if step == handover and len(reference.state) == len(SHAPES):
            adam = Adam(ours, 1e-2, decay)
            adam.load_state_dict(copy.deepcopy(reference.state_dict()))
        for parameters in (ours, theirs):
            set_gradients(parameters, has_gradient, seed + step)
        clip_gradients(ours, norm)
        nn.utils.clip_grad_norm_(theirs, norm)
        adam.step()
        reference.step()
        assert same(ours, theirs)


def test_zero_grad_removes_all_gradients() -> None:
    parameters = random_parameters(0)
    set_gradients(parameters, [True] * len(SHAPES), seed=1)
    Adam(parameters, 1e-2).zero_grad()
    assert [parameter.grad for parameter in parameters] == [None] * len(SHAPES)


def test_a_restored_optimizer_continues_as_the_first() -> None:
    first, second = random_parameters(0), random_parameters(0)
    one, other = Adam(first, 1e-2), Adam(second, 1e-2)
    for seed in range(3):
        set_gradients(first, [True] * len(SHAPES), seed)
        one.step()
    other.load_state_dict(copy.deepcopy(one.state_dict()))
    for source, target in zip(first, second, strict=True):
        target.data.copy_(source.data)
    for parameters, adam in ((first, one), (second, other)):
        set_gradients(parameters, [True] * len(SHAPES), seed=9)
        adam.step()
    assert same(first, second)


def test_the_state_of_other_parameters_is_refused() -> None:
    state = Adam(random_parameters(0), 1e-2).state_dict()
    with pytest.raises(ValueError, match=r"exp_avg of parameter 0: \[5, 3\]; expected \[5, 4\]"):
        Adam([nn.Parameter(torch.zeros(5, 4))], 1e-2).load_state_dict(state)
