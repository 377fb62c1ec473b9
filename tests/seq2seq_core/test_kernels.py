"""The kernels of the cells against torch's packed modules, and the parts of the kernels each against its formula or a
plain loop."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from seq2seq_core.kernels.attention_recurrence import largest_query
from seq2seq_core.kernels.energies.factored_sigmoid import FactoredSigmoid
from seq2seq_core.kernels.energies.tiled import TILE, TiledAdditiveEnergies
from seq2seq_core.kernels.packed_layout import PackedLayout
from seq2seq_core.kernels.recurrence import run_recurrence
from seq2seq_core.layers.cells import CELLS
from seq2seq_core.layers.fast_path import KERNELS
from seq2seq_core.layers.scores.additive import tanh_energies

LENGTHS = st.lists(st.integers(1, 6), min_size=1, max_size=4)


@pytest.fixture(params=[1, 40, TILE["cpu"]])
def _tile(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elements of a tile: one query of one row at a time, a few, and all at once."""
    monkeypatch.setitem(TILE, "cpu", request.param)


@pytest.mark.parametrize("cell", KERNELS)
@given(
    lengths=LENGTHS,
    extra=st.integers(0, 2),
    layers=st.integers(1, 3),
    bidirectional=st.booleans(),
    sizes=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    from_table=st.booleans(),
    from_zeros=st.booleans(),
    seed=st.integers(0, 1000),
)
@settings(max_examples=50)
def test_a_cell_equals_the_module_of_torch_over_packed_sequences(
    cell: str,
    lengths: list[int],
    extra: int,
    layers: int,
    bidirectional: bool,
    sizes: tuple[int, int],
    from_table: bool,
    from_zeros: bool,
    seed: int,
) -> None:
    """Outputs, each tensor of the last state, and the gradients of inputs, first state and weights."""
    torch.manual_seed(seed)
    (input_size, size), batch, steps, vocabulary = sizes, len(lengths), max(lengths) + extra, 4
    module = CELLS[cell](
        input_size=input_size, hidden_size=size, num_layers=layers, dropout=0.0, bidirectional=bidirectional
    ).double()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter)
    tokens = torch.randint(vocabulary, (batch, steps))
    shape = (vocabulary, input_size) if from_table else (batch, steps, input_size)
    source = torch.randn(*shape, dtype=torch.float64, requires_grad=True)
    tensors = 2 if module.memory_cell else 1
    first = torch.randn(tensors, layers * (1 + bidirectional), batch, size, dtype=torch.float64, requires_grad=True)
    start = None if from_zeros else tuple(first)

    layout = PackedLayout(torch.tensor(lengths), steps)
    inputs, table = (tokens, source) if from_table else (source, None)
    rows, state = run_recurrence(KERNELS[cell], module.kernel_weights(), inputs, table, layout, start)
    outcome = layout.unpack(rows), state

    embedded = source[tokens] if from_table else source
    packed = pack_padded_sequence(embedded, layout.lengths, batch_first=True, enforce_sorted=False)
    outputs, last = module.run(packed, start)
    expected = pad_packed_sequence(outputs, batch_first=True, total_length=steps)[0], last

    flat, flat_expected = ([outputs, *last] for outputs, last in (outcome, expected))
    torch.testing.assert_close(flat, flat_expected, rtol=0, atol=1e-10)
    weights = [torch.randn_like(tensor) for tensor in flat]
    leaves = [source, *module.parameters(), *([] if from_zeros else [first])]

    def gradients(results: list[Tensor]) -> tuple[Tensor, ...]:
        return torch.autograd.grad(
            sum((each * weight).sum() for each, weight in zip(results, weights, strict=True)), leaves
        )

    torch.testing.assert_close(gradients(flat), gradients(flat_expected), rtol=1e-10, atol=1e-10)


@pytest.mark.usefixtures("_tile")
@given(
    lengths=LENGTHS, steps=st.integers(1, 5), size=st.integers(1, 6), seed=st.integers(0, 100),
    shift=st.sampled_from([1.0, 100.0, 1e4]),
)  # fmt: skip
@settings(max_examples=25)
def test_energies_in_tiles_equal_the_formula(
    lengths: list[int], steps: int, size: int, seed: int, shift: float
) -> None:
    """Also for queries and keys so large that their exponentials overflow."""
    torch.manual_seed(seed)
    shapes = (len(lengths), steps, size), (len(lengths), max(lengths), size), (size,)
    query, keys, vector = (torch.randn(*shape, dtype=torch.float64) for shape in shapes)
    inputs = [tensor.requires_grad_() for tensor in (query + shift, keys - shift, vector)]
    tiled, plain = TiledAdditiveEnergies.apply(*inputs), tanh_energies(*inputs)
    torch.testing.assert_close(tiled, plain, rtol=0, atol=1e-10)
    weights = torch.randn_like(plain)
    gradients = [torch.autograd.grad((energies * weights).sum(), inputs) for energies in (tiled, plain)]
    torch.testing.assert_close(*gradients, rtol=0, atol=1e-10)


def test_off_the_cpu_energies_in_tiles_read_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU would block. A tensor on torch's device "meta" has no numbers to read."""
    monkeypatch.setitem(TILE, "meta", 40)
    inputs = [torch.empty(*shape, device="meta", requires_grad=True) for shape in ((3, 4, 5), (3, 6, 5), (5,))]
    energies = TiledAdditiveEnergies.apply(*inputs)
    gradients = torch.autograd.grad(energies.sum(), inputs)
    assert [tensor.shape for tensor in (energies, *gradients)] == [(3, 4, 6), (3, 4, 5), (3, 6, 5), (5,)]


@given(lengths=LENGTHS, extra=st.integers(0, 3))
def test_a_layout_visits_each_real_position_once_step_by_step(lengths: list[int], extra: int) -> None:
    steps = max(lengths) + extra
    layout = PackedLayout(torch.tensor(lengths), steps)
    numbered = torch.arange(len(lengths) * steps).view(len(lengths), steps)
    forwards, backwards = (torch.split(rows, layout.sizes) for rows in layout.pack(numbered, directions=2))
    order = layout.order.tolist()
    assert sorted(order, key=lambda row: -lengths[row]) == order
    for step, (forward, backward) in enumerate(zip(forwards, backwards, strict=True)):
        active = [row for row in order if lengths[row] > step]
        assert forward.tolist() == [row * steps + step for row in active]
        assert backward.tolist() == [row * steps + lengths[row] - 1 - step for row in active]
    ends = layout.pack(numbered)[0, layout.ends]
    assert ends.tolist() == [row * steps + length - 1 for row, length in enumerate(lengths)]


@given(seed=st.integers(0, 100), largest=st.sampled_from([0.5, 3.0]), biased=st.booleans())
def test_the_bound_of_queries_is_reached_by_a_possible_state(seed: int, largest: float, biased: bool) -> None:
    """States lie in a cube of size 1, or of the first state; the largest query is that of one of its corners."""
    torch.manual_seed(seed)
    weight, start = torch.randn(2, 3, dtype=torch.float64), torch.tensor([[largest, -largest, 0.1]]).double()
    bias = torch.randn(2, dtype=torch.float64) if biased else torch.zeros(2, dtype=torch.float64)
    corners = max(1.0, largest) * torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * 3)
    expected = (corners @ weight.t() + bias).abs().max()
    assert largest_query(weight, bias if biased else None, start) == pytest.approx(float(expected))
    assert largest_query(None, None, start) == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_factored_sigmoids_are_those_of_the_sums_up_to_the_largest_numbers(dtype: torch.dtype) -> None:
    numbers = torch.logspace(-3, math.log10(-math.log(torch.finfo(dtype).tiny) / 2) + 0.5, 60, dtype=dtype)
    for bound in (*numbers.tolist(), math.inf, math.nan):
        keys = torch.cat([-numbers[numbers <= bound], numbers[numbers <= bound], numbers.new_zeros(1)])
        sigmoids = FactoredSigmoid(keys, bound)
        queries, out = sigmoids.prepare_(2 * keys), keys.new_empty(len(keys), len(keys))
        found = sigmoids.fill(queries.unsqueeze(1), sigmoids.keys, out=out)
        expected = torch.tanh((keys.unsqueeze(1) + keys).double())
        tanh = sigmoids.sign * (2 * found.double() - 1)
        torch.testing.assert_close(tanh, expected, rtol=0, atol=4 * torch.finfo(dtype).eps)
