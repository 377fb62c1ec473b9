"""With the kernels and without them the model is one function: values and gradients agree in float64."""

from typing import Any

import pytest
import torch
from decoder_cases import CPU, make_case
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.examples import Examples
from seq2seq_core.kernels import products
from seq2seq_core.kernels.energies.tiled import MIN_ELEMENTS, TILE
from seq2seq_core.layers import fast_path
from seq2seq_core.layers.cells import CELLS, Cell
from seq2seq_core.layers.losses import cross_entropy
from seq2seq_core.layers.packing import packed
from seq2seq_core.layers.scores import SCORES, UsesPreviousAlignment
from seq2seq_core.layers.scores.additive import tanh_energies
from seq2seq_core.padding import mask_from_lengths
from seq2seq_core.training import build_model

LENGTHS = st.lists(st.integers(1, 6), min_size=1, max_size=4)
LOOKING_BACK = [name for name, score in SCORES.items() if issubclass(score, UsesPreviousAlignment)]
MOVING = [name for name, score in SCORES.items() if not score.compares_values]


@pytest.fixture
def _tile(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elements of a tile: one query of one row at a time, a few, and all at once; tiles for tensors of any size."""
    monkeypatch.setitem(TILE, "cpu", request.param)
    monkeypatch.setitem(MIN_ELEMENTS, "cpu", 0)


def gradients(output: Tensor, weights: Tensor, inputs: list[Tensor]) -> list[Tensor]:
    """The gradients of a weighted sum of the output by each input, zero for an input that it does not depend on."""
    found = torch.autograd.grad((output * weights).sum(), inputs, allow_unused=True)
    return [torch.zeros_like(tensor) if grad is None else grad for tensor, grad in zip(inputs, found, strict=True)]


@pytest.mark.parametrize(
    ("_tile", "score"),
    [
        *((tile, score) for tile in (1, 40, TILE["cpu"]) for score in SCORES if score not in MOVING),
        *((TILE["cpu"], score) for score in (None, *MOVING)),  # without energies of queries and keys
    ],
    indirect=["_tile"],
)
@pytest.mark.usefixtures("_tile")
@given(
    targets=LENGTHS,
    cell=st.sampled_from([*CELLS]),
    query=st.sampled_from(["current", "previous"]),
    wiring=st.sampled_from([{}, {"attentional_layer": True}, {"bidirectional": True}, {"layers": 2}, {"mlp": True}]),
    seed=st.integers(0, 100),
    shift=st.sampled_from([0.0, 1e4]),
)
@settings(max_examples=30)
def test_the_fast_decoder_equals_the_plain_one_up_to_each_length(
    score: str | None, targets: list[int], cell: str, query: str, wiring: dict[str, Any], seed: int, shift: float
) -> None:
    """Also from a first state that no cell reaches, whose additive queries are large."""
    if score is None:
        query, wiring = "current", {name: value for name, value in wiring.items() if name == "layers"}
    elif score in LOOKING_BACK:
        # There is no kernel for the other order. Sharpening by thousands has no accurate gradient on either path.
        query, shift = "current", 0.0
        wiring = {name: value for name, value in wiring.items() if name != "mlp" or SCORES[score].compares_values}
    elif SCORES[score].same_size and "bidirectional" in wiring:
        wiring = {**wiring, "merge": "sum"}
    sources = [1 + (seed + 3 * row) % 5 for row in range(len(targets))]
    case = make_case(sources, seed, max(targets), score=score, query=query, cell=cell, **wiring)
    lengths = torch.tensor(targets)
    case.carry.state[0].add_(shift)
    state = [rows.requires_grad_() for rows in case.carry.state]
    inputs = [case.values.requires_grad_(), *state, *case.decoder.parameters()]
    fast = case.decoder(case.tokens, case.carry, case.memory, lengths)
    with fast_path.disabled():
        plain = case.decoder.output(case.unrolled()[0])
    real = mask_from_lengths(lengths, max(targets), CPU).unsqueeze(-1)
    tolerance = {"rtol": 1e-10 if shift else 0, "atol": 1e-10 * max(1.0, shift)}  # rounding grows with the numbers
    torch.testing.assert_close(fast * real, plain * real, **tolerance)
    weights = torch.randn_like(plain) * real
    torch.testing.assert_close(gradients(fast, weights, inputs), gradients(plain, weights, inputs), **tolerance)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("query", ["current", "previous"])
def test_the_model_is_one_function_with_kernels_and_without(score: str, query: str, cell: str) -> None:
    """Loss, gradients, and greedy decoding, whose tokens and attention weights agree at every step."""
    config = ModelConfig(
        score=score, query=query, cell=cell, packing="padded_exact", bidirectional=True, merge="sum", hidden_size=6
    )
    net = build_model(config, TaskConfig(min_length=2, max_length=9), 1, CPU).double()
    batch = Examples(TaskConfig(min_length=2, max_length=9), 0, "train", CPU).draw(5)

    def outcome() -> list[Any]:
        logits = net(batch.source, batch.source_lengths, batch.target, None, batch.target_lengths)
        loss = cross_entropy(logits, batch.target)
        parameters = [parameter for name, parameter in net.named_parameters() if name != "decoder.score.offset"]
        decoding = net.greedy(batch.source, batch.source_lengths, 12, until_end=False)
        return [loss, torch.autograd.grad(loss, parameters), decoding.tokens, decoding.weights]

    fast = outcome()
    with fast_path.disabled():
        plain = outcome()
    torch.testing.assert_close(fast, plain, rtol=0, atol=1e-10)


@pytest.mark.parametrize("score", ["general", "concat", "additive", "additive_normalised"])
@given(query=st.sampled_from(["current", "previous"]), lengths=LENGTHS, fed=st.booleans(), seed=st.integers(0, 99))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_greedy_decoding_with_many_keys_computes_additive_energies_in_tiles(
    score: str, query: str, lengths: list[int], fed: bool, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = ModelConfig(score=score, query=query, hidden_size=6, input_feeding=fed)
    net = build_model(config, TaskConfig(), seed, CPU).double()
    batch = Examples(TaskConfig(), seed, "train", CPU).draw_lengths(torch.tensor(lengths))
    with fast_path.disabled():
        plain = net.greedy(batch.source, batch.source_lengths, 9, until_end=False)
    monkeypatch.setattr(fast_path.steps, "MIN_STEP_KEYS", 0)
    with torch.no_grad():
        memory, _ = net.encode(batch.source, batch.source_lengths)
        assert memory is not None
        assert net.decoder.score is not None
        step = fast_path.energies_step(net.decoder.score.energy_terms(), memory.keys, memory.mask)
    assert (step is None) == (score in ("general", "concat"))
    fast = net.greedy(batch.source, batch.source_lengths, 9, until_end=False)
    assert torch.equal(fast.tokens, plain.tokens)
    torch.testing.assert_close(fast.weights, plain.weights, rtol=0, atol=1e-10)


def has_kernels(cell: type[Cell]) -> list[bool]:
    """Whether the cell takes each of the four kernels."""
    module, wide = (
        cell(input_size=size, hidden_size=4, num_layers=1, dropout=0.0, bidirectional=False).double() for size in (3, 7)
    )
    tokens, table, lengths = torch.ones(2, 5, dtype=torch.long), torch.randn(7, 3).double(), torch.tensor([5, 2])
    state = (torch.zeros(1, 2, 4).double(),) * (2 if cell.memory_cell else 1)
    memory = torch.randn(2, 6, 4).double(), torch.randn(2, 6, 4).double(), torch.ones(2, 6, dtype=torch.bool)
    terms = (None, None, None)
    return [
        fast_path.encode(module, tokens, lengths, table) is not None,
        fast_path.decode(module, tokens, table, state, None, None, lambda rows, _: rows) is not None,
        fast_path.attend_first(wide, tokens, table, state, None, terms, memory, lambda rows, _: rows) is not None,
        fast_path.token_step(module, table) is not None,
    ]


@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn"])
def test_a_cell_has_kernels_and_none_while_they_are_disabled(cell: str) -> None:
    """Otherwise a comparison of the two paths compares the plain path with itself."""
    assert has_kernels(CELLS[cell]) == [True] * 4
    with fast_path.disabled():
        assert has_kernels(CELLS[cell]) == [False] * 4
    assert has_kernels(CELLS[cell]) == [True] * 4


@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn"])
@pytest.mark.parametrize(("lengths", "padded"), [([6, 6, 6], "none"), ([6, 3, 1], "some"), ([6, 2, 1], "half")])
def test_an_lstm_in_float32_takes_a_kernel_where_half_of_its_batch_is_padding(
    lengths: list[int], padded: str, cell: str
) -> None:
    """With less padding torch's loop on oneDNN is faster. Without any, both directions take one call of it."""
    module = CELLS[cell](input_size=3, hidden_size=4, num_layers=1, dropout=0.0, bidirectional=True)
    tokens, table, sizes = torch.ones(3, 6, dtype=torch.long), torch.randn(7, 3), torch.tensor(lengths)
    state = (torch.zeros(2, 3, 4),) * (2 if module.memory_cell else 1)
    decoded = fast_path.decode(module, tokens, table, state, sizes, None, lambda rows, _: rows)
    fused = cell == "lstm" and torch.backends.mkldnn.is_available()
    assert (decoded is not None) == (padded == "half" or not fused)
    encoded = fast_path.encode(module, tokens, sizes, table)
    assert (encoded is not None) == (padded != "some" or not fused)
    if encoded is not None:
        torch.testing.assert_close(encoded, packed(module, tokens, sizes, table))


@pytest.mark.parametrize("lengths", [[6, 6, 6], [6, 3, 1]])
def test_an_lstm_with_large_products_takes_a_kernel_where_some_of_its_batch_is_padding(
    lengths: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There the kernel leaves its products to oneDNN as well."""
    monkeypatch.setattr(products, "MIN_WORK", 0)
    module = CELLS["lstm"](input_size=3, hidden_size=4, num_layers=1, dropout=0.0, bidirectional=True)
    tokens, table, sizes = torch.ones(3, 6, dtype=torch.long), torch.randn(7, 3), torch.tensor(lengths)
    decoded = fast_path.decode(module, tokens, table, (torch.zeros(2, 3, 4),) * 2, sizes, None, lambda rows, _: rows)
    assert (decoded is not None) == (min(lengths) < 6 or not torch.backends.mkldnn.is_available())
    encoded = fast_path.encode(module, tokens, sizes, table)
    assert encoded is not None
    torch.testing.assert_close(encoded, packed(module, tokens, sizes, table))


@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn"])
def test_a_subclass_takes_no_kernel_unless_it_states_one(cell: str) -> None:
    """Its equations may be others."""

    class Silent(CELLS[cell]):
        pass

    class Same(CELLS[cell], kernel=cell):
        pass

    assert has_kernels(Silent) == [False] * 4
    assert has_kernels(Same) == [True] * 4


@pytest.mark.parametrize("name", LOOKING_BACK)
def test_a_score_that_looks_back_has_kernels_and_none_while_they_are_disabled(name: str) -> None:
    score, keys, query = SCORES[name](4, 4, 4), torch.randn(2, 5, 4), torch.randn(2, 3, 4)
    mask, terms, table = torch.ones(2, 5, dtype=torch.bool), score.alignment_terms(keys), torch.randn(7, 3)
    first, state = score.first_alignment(keys, mask), (torch.zeros(1, 2, 4),)
    cell = CELLS["gru"](input_size=3, hidden_size=4, num_layers=1, dropout=0.0, bidirectional=False)
    readout = torch.randn(7, 4), torch.randn(7, 4), torch.randn(7)

    def found() -> list[bool]:
        fast = (
            fast_path.align(terms, query, first, mask, None),
            fast_path.align_step(terms, mask, keys.dtype),
            fast_path.align_token_step(cell, table, state, terms, (first, keys, mask), readout),
        )
        return [each is not None for each in fast]

    assert found() == [True] * 3
    with fast_path.disabled():
        assert found() == [False] * 3


@pytest.mark.parametrize("score", LOOKING_BACK)
@given(seed=st.integers(0, 100), cell=st.sampled_from([*CELLS]), readout=st.sampled_from(["both", "attentional"]))
@settings(max_examples=15)
def test_greedy_decoding_equals_the_plain_one_where_values_are_projected_to_the_logits(
    score: str, seed: int, cell: str, readout: str
) -> None:
    """There are fewer symbols than channels of a value; the attentional layer is between the two."""
    task = TaskConfig(letters=2, min_length=1, max_length=9)
    config = ModelConfig(
        score=score, cell=cell, bidirectional=True, hidden_size=6, attentional_layer=readout == "attentional"
    )
    net = build_model(config, task, seed, CPU).double()
    batch = Examples(task, seed, "train", CPU).draw(4)
    fast = net.greedy(batch.source, batch.source_lengths, 12)
    with fast_path.disabled():
        plain = net.greedy(batch.source, batch.source_lengths, 12)
    assert torch.equal(fast.tokens, plain.tokens)
    torch.testing.assert_close(fast.weights, plain.weights, rtol=0, atol=1e-10)


def test_energies_are_computed_in_tiles_where_they_are_many() -> None:
    def found(steps: int, positions: int) -> bool:
        query, keys = torch.randn(4, steps, 32), torch.randn(4, positions, 32)
        return fast_path.additive_energies(tanh_energies, query, keys, torch.randn(32), compiled=False) is not None

    sizes = ((60, 60), (1, 3000), (4, 4))
    assert [found(*size) for size in sizes] == [True, False, False]
    with fast_path.disabled():
        assert [found(*size) for size in sizes] == [False] * 3


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("score", ["general", "additive", *LOOKING_BACK])
@pytest.mark.parametrize("query", ["current", "previous"])
def test_a_second_backward_pass_over_a_graph_gives_the_same_gradients(score: str, query: str, cell: str) -> None:
    """Sums over the steps of a backward pass start from zero in each."""
    case = make_case([3, 1, 4], score=score, query=query, cell=cell)
    state = [rows.requires_grad_() for rows in case.carry.state]
    inputs = [case.values.requires_grad_(), *state, *case.decoder.parameters()]
    logits = case.logits().sum()
    first, second = (torch.autograd.grad(logits, inputs, retain_graph=True) for _ in range(2))
    torch.testing.assert_close(second, first, rtol=0, atol=0)
