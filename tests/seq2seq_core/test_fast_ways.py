"""Each fast way gives the values and the gradients of the plain one, in float64: the loops of our own for a GRU, with
cell first and with attention first, and the energies in tiles."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from made_decoders import CPU, made
from torch import Tensor

from seq2seq_core.kernels.attention_gru import reach_of
from seq2seq_core.kernels.factored_sigmoid import FactoredSigmoid
from seq2seq_core.kernels.packed_layout import PackedLayout
from seq2seq_core.kernels.tiled_energies import TILE, TiledAdditiveEnergies, plain_energies
from seq2seq_core.layers.scores import SCORES, UsesPreviousAlignment
from seq2seq_core.padding import mask_from_lengths

TILES = (1, 40, TILE["cpu"])
"""Elements of a tile: one query of one row at a time; a few; all at once."""
LENGTHS = st.lists(st.integers(1, 6), min_size=1, max_size=4)
AT_ONCE = [None, *(name for name, score in SCORES.items() if not issubclass(score, UsesPreviousAlignment))]


@pytest.fixture(params=TILES)
def _tile(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TILE, "cpu", request.param)


def gradients(outcome: Tensor, weights: Tensor, inputs: list[Tensor]) -> list[Tensor]:
    """Of the outcome's weighted sum by each input; zeros where it has no part."""
    found = torch.autograd.grad((outcome * weights).sum(), inputs, allow_unused=True)
    return [torch.zeros_like(it) if grad is None else grad for it, grad in zip(inputs, found, strict=True)]


@pytest.mark.usefixtures("_tile")
@given(
    lengths=LENGTHS, steps=st.integers(1, 5), size=st.integers(1, 6), seed=st.integers(0, 100),
    far=st.sampled_from([1.0, 100.0, 1e4]),
)  # fmt: skip
@settings(max_examples=25)
def test_energies_in_tiles_are_those_of_the_whole_tensor(
    lengths: list[int], steps: int, size: int, seed: int, far: float
) -> None:
    """Also of queries and keys so far apart that exponentials of either alone would be infinite."""
    torch.manual_seed(seed)
    shapes = (len(lengths), steps, size), (len(lengths), max(lengths), size), (size,)
    inputs = [torch.randn(*shape, dtype=torch.float64) for shape in shapes]
    for apart, sign in zip(inputs[:2], (far, -far), strict=True):
        apart += sign
    inputs = [it.requires_grad_() for it in inputs]
    tiled, whole = TiledAdditiveEnergies.apply(*inputs), plain_energies(*inputs)
    torch.testing.assert_close(tiled, whole, rtol=0, atol=1e-10)
    weights = torch.randn_like(whole)
    torch.testing.assert_close(gradients(tiled, weights, inputs), gradients(whole, weights, inputs), rtol=0, atol=1e-10)


@pytest.mark.usefixtures("_tile")
@pytest.mark.parametrize("score", AT_ONCE)
@given(
    targets=LENGTHS,
    query=st.sampled_from(["current", "previous"]),
    wiring=st.sampled_from([{}, {"attentional_layer": True}, {"bidirectional": True}, {"layers": 2}, {"mlp": True}]),
    seed=st.integers(0, 100),
    far=st.sampled_from([0.0, 1e4]),
)
@settings(max_examples=20)
def test_the_fast_decoder_is_the_plain_one_up_to_each_length(
    score: str | None, targets: list[int], query: str, wiring: dict[str, Any], seed: int, far: float
) -> None:
    """Also from a first state that no GRU would come to, of which additive queries are far from 0."""
    if score is None:
        query, wiring = "current", {name: value for name, value in wiring.items() if name == "layers"}
    elif SCORES[score].same_size and "bidirectional" in wiring:
        wiring = {**wiring, "merge": "sum"}
    sources = [1 + (seed + 3 * row) % 5 for row in range(len(targets))]
    it = made(sources, seed, max(targets), score=score, query=query, **wiring)
    lengths = torch.tensor(targets)
    it.carry.state[0].add_(far)
    inputs = [it.values.requires_grad_(), it.carry.state[0].requires_grad_(), *it.decoder.parameters()]
    fast = it.decoder(it.tokens, it.carry, it.memory, lengths)
    plain = it.decoder.output(it.unrolled()[0])
    real = mask_from_lengths(lengths, max(targets), CPU).unsqueeze(-1)
    near = {"rtol": 1e-10 if far else 0, "atol": 1e-10 * max(1.0, far)}  # rounding grows with what is rounded
    torch.testing.assert_close(fast * real, plain * real, **near)
    weights = torch.randn_like(plain) * real
    torch.testing.assert_close(gradients(fast, weights, inputs), gradients(plain, weights, inputs), **near)


@pytest.mark.parametrize("score", ["general", "additive"])
@pytest.mark.parametrize("query", ["current", "previous"])
def test_a_graph_that_is_kept_gives_the_same_gradients_again(score: str, query: str) -> None:
    """What adds up over the steps of a backward pass begins at zero in each."""
    it = made([3, 1, 4], score=score, query=query)
    inputs = [it.values.requires_grad_(), it.carry.state[0].requires_grad_(), *it.decoder.parameters()]
    logits = it.logits().sum()
    first, again = (torch.autograd.grad(logits, inputs, retain_graph=True) for _ in range(2))
    torch.testing.assert_close(again, first, rtol=0, atol=0)


@given(lengths=LENGTHS, extra=st.integers(0, 3))
def test_a_schedule_visits_every_position_once_step_by_step_and_none_of_padding(lengths: list[int], extra: int) -> None:
    steps = max(lengths) + extra
    schedule = PackedLayout(torch.tensor(lengths), steps)
    named = torch.arange(len(lengths) * steps).view(len(lengths), steps)
    rows, backwards = (torch.split(way, schedule.sizes) for way in schedule.taken(named, directions=2))
    ranked = schedule.order.tolist()
    assert sorted(ranked, key=lambda row: -lengths[row]) == ranked
    for step, (forth, back) in enumerate(zip(rows, backwards, strict=True)):
        there = [row for row in ranked if lengths[row] > step]
        assert forth.tolist() == [row * steps + step for row in there]
        assert back.tolist() == [row * steps + lengths[row] - 1 - step for row in there]
    ends = schedule.taken(named)[0, schedule.ends]
    assert ends.tolist() == [row * steps + length - 1 for row, length in enumerate(lengths)]


@given(seed=st.integers(0, 100), far=st.sampled_from([0.5, 3.0]), biased=st.booleans())
def test_the_reach_of_queries_is_the_furthest_that_a_state_can_ask(seed: int, far: float, biased: bool) -> None:
    """A state lies in a cube as large as the first, or as 1; the furthest query is that of one of its corners."""
    torch.manual_seed(seed)
    weight, start = torch.randn(2, 3, dtype=torch.float64), torch.tensor([[far, -far, 0.1]], dtype=torch.float64)
    bias = torch.randn(2, dtype=torch.float64) if biased else torch.zeros(2, dtype=torch.float64)
    corners = max(1.0, far) * torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * 3)
    furthest = (corners @ weight.t() + bias).abs().max()
    assert reach_of(weight, bias if biased else None, start) == pytest.approx(float(furthest))
    assert reach_of(None, None, start) == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sigmoids_are_those_of_the_sums_as_far_as_numbers_go(dtype: torch.dtype) -> None:
    far = torch.logspace(-3, math.log10(-math.log(torch.finfo(dtype).tiny) / 2) + 0.5, 60, dtype=dtype)
    for reach in (*far.tolist(), math.inf, math.nan):
        numbers = torch.cat([-far[far <= reach], far[far <= reach], far.new_zeros(1)])
        sigmoids = FactoredSigmoid(numbers, reach)
        queries, room = sigmoids.of_doubled(2 * numbers), numbers.new_empty(len(numbers), len(numbers))
        found = sigmoids.into(queries.unsqueeze(1), sigmoids.keys, out=room)
        wanted = torch.tanh((numbers.unsqueeze(1) + numbers).double())
        torch.testing.assert_close(
            sigmoids.sign * (2 * found.double() - 1), wanted, rtol=0, atol=4 * torch.finfo(dtype).eps
        )
