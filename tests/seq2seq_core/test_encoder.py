"""The encoder's parts before and after the recurrence: each does what it documents, and padding has no influence."""

from typing import Any

import numpy as np
import pytest
import torch
from encoder_cases import LENGTHS, H, make_encoder, make_source
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig
from seq2seq_core.layers.cells import CELLS
from seq2seq_core.training import build_model

# Every part at least once.
PARTS: list[dict[str, Any]] = [
    {"embedding": "one_hot"},
    {"dense_layers": 2},
    {"conv_layers": 2, "conv_width": 5},
    {"embedding": "one_hot", "dense_layers": 1, "conv_layers": 1},
    {"layers": 3, "pyramid": "average"},
    {"layers": 3, "pyramid": "drop", "bidirectional": True},
    {"layers": 3, "pyramid": "concat", "bidirectional": True, "conv_layers": 1},
    {"layers": 2, "pyramid": "concat", "bidirectional": True, "merge": "sum"},
    {"layers": 2, "bidirectional": True, "merge": "sum", "bridge": "projected"},
]


@pytest.mark.usefixtures("_both_paths")
@pytest.mark.parametrize("part", PARTS, ids=str)
@settings(max_examples=12)
@given(lengths=LENGTHS, extra=st.integers(0, 4), cell=st.sampled_from([*CELLS]))
def test_padded_exact_is_packed_with_every_part(
    part: dict[str, Any], lengths: list[int], extra: int, cell: str
) -> None:
    source, sizes = make_source(lengths, extra)
    outcomes = []
    for packing in ("packed", "padded_exact"):
        module = make_encoder(cell=cell, packing=packing, **part)
        values, left, state = module(source, sizes)
        (values.square().sum() + sum(each.pow(3).sum() for each in state)).backward()
        outcomes.append((values, left, state, [parameter.grad for parameter in module.parameters()]))
    torch.testing.assert_close(outcomes[0], outcomes[1], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("part", PARTS, ids=str)
@settings(max_examples=12)
@given(lengths=LENGTHS, extra=st.integers(0, 3))
def test_a_row_is_the_same_alone(part: dict[str, Any], lengths: list[int], extra: int) -> None:
    module = make_encoder(cell="lstm", **part)
    source, sizes = make_source(lengths, extra)
    values, left, state = module(source, sizes)
    for row, length in enumerate(lengths):
        alone, size, last = module(source[row : row + 1, :length], sizes[row : row + 1])
        assert int(left[row]) == int(size) == alone.size(1)
        torch.testing.assert_close(values[row, : int(size)], alone[0], rtol=0, atol=1e-10)
        assert values[row, int(size) :].abs().sum() == 0
        torch.testing.assert_close([each[:, row] for each in state], [each[:, 0] for each in last], rtol=0, atol=1e-10)


def test_one_hot_has_one_channel_for_each_letter_and_zeros_for_padding() -> None:
    module = make_encoder(embedding="one_hot")
    vectors = module.embedding(torch.tensor([[3, 6, 0, 2]]))
    assert vectors.tolist() == [[[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]]
    assert vectors.dtype == torch.float64  # as the model
    assert "embedding" not in " ".join(module.state_dict())  # nothing is learnt


def test_one_hot_is_refused_for_an_alphabet_that_would_fill_the_memory() -> None:
    with pytest.raises(ConfigError, match=r"'one_hot' is refused for 10,001 letters; expected at most 10,000, or"):
        build_model(ModelConfig(embedding="one_hot"), TaskConfig(letters=10_001), 0, torch.device("cpu"))


def test_dense_layers_act_on_each_position_alone() -> None:
    module = make_encoder(dense_layers=2)
    inputs = torch.randn(1, 4, 4).double()
    mask = torch.tensor([[True, True, True, False]])
    first, second = module.prelayers.dense
    expected = torch.relu(second(torch.relu(first(inputs))))
    found = module.prelayers(inputs, mask)
    torch.testing.assert_close(found[:, :3], expected[:, :3], rtol=0, atol=1e-12)
    assert found[:, 3].abs().sum() == 0


def test_convolutions_equal_a_plain_loop_over_real_positions() -> None:
    """Two layers of width 3; positions past the end of a sequence are zero for both."""
    module = make_encoder(conv_layers=2)
    inputs = torch.randn(2, 6, 4).double()
    lengths = [6, 3]
    mask = torch.arange(6) < torch.tensor(lengths).unsqueeze(1)
    found = module.prelayers(inputs, mask).detach().numpy()
    for row, length in enumerate(lengths):
        x = inputs[row, :length].numpy()
        for conv in module.prelayers.conv:
            w, b = conv.weight.detach().numpy(), conv.bias.detach().numpy()  # (H,C,3), (H,)
            framed = np.pad(x, ((1, 1), (0, 0)))
            x = np.stack([np.maximum(0, sum(w[:, :, k] @ framed[t + k] for k in range(3)) + b) for t in range(length)])
        np.testing.assert_allclose(found[row, :length], x, atol=1e-12)
        assert not found[row, length:].any()


def test_a_convolution_covers_its_width() -> None:
    for width, reach in ((1, 0), (3, 1), (5, 2)):
        module = make_encoder(conv_layers=1, conv_width=width)
        nn.init.constant_(module.prelayers.conv[0].bias, 100.0)  # every ReLU is active
        inputs = torch.randn(1, 9, 4).double().requires_grad_()
        module.prelayers(inputs, torch.ones(1, 9, dtype=torch.bool))[0, 4].sum().backward()
        assert inputs.grad is not None
        covered = inputs.grad[0].abs().sum(dim=-1).nonzero().flatten().tolist()
        assert covered == list(range(4 - reach, 5 + reach))


@pytest.mark.parametrize("packing", ["packed", "padded", "padded_exact"])
def test_merging_by_sum_adds_the_halves_of_concat(packing: str) -> None:
    source, sizes = make_source([6, 3])
    beside, _, _ = make_encoder(bidirectional=True, packing=packing)(source, sizes)
    summed, _, _ = make_encoder(bidirectional=True, packing=packing, merge="sum")(source, sizes)
    torch.testing.assert_close(summed, beside[..., :H] + beside[..., H:], rtol=0, atol=1e-12)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_each_bridge_computes_the_decoders_first_state_as_documented(cell: str, bidirectional: bool) -> None:
    source, sizes = make_source([6, 6])  # no padding: the module can be run as it is
    same: dict[str, Any] = {"cell": cell, "layers": 2, "bidirectional": bidirectional}
    plain, projected, zero = (make_encoder(**same, bridge=bridge) for bridge in ("last", "projected", "zero"))
    _, of_cell = plain.cell.run(plain.embedding(source))
    ways = 2 if bidirectional else 1
    for index, (last, by_last, by_projection, by_zero) in enumerate(
        zip(of_cell, *(module(source, sizes)[2] for module in (plain, projected, zero)), strict=True)
    ):
        layers = [[last[layer * ways + way] for way in range(ways)] for layer in range(2)]
        torch.testing.assert_close(by_last, torch.stack([sum(parts) for parts in layers]), rtol=0, atol=1e-12)
        linear = torch.stack([projected.bridges[index](torch.cat(parts, dim=-1)) for parts in layers])
        expected = torch.tanh(linear) if index == 0 else linear  # an LSTM's c is not squashed
        torch.testing.assert_close(by_projection, expected, rtol=0, atol=1e-12)
        assert by_zero.abs().sum() == 0
        assert by_zero.shape == by_last.shape


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"pyramid": "average"}, "layers of at least 2"),
        ({"merge": "sum"}, "one direction"),
        ({"conv_width": 4}, "odd"),
        ({"pyramid": "halve", "layers": 2}, "one of average, drop, concat, none"),
        ({"bridge": "first"}, "one of last, projected, zero"),
        ({"embedding": "onehot"}, "one of learnt, one_hot"),
        ({"dense_layers": -1}, "from 0 to 100"),
    ],
)
def test_invalid_combinations_are_rejected(settings_: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ModelConfig.from_dict(settings_)


def test_parameter_names_do_not_change() -> None:
    config = {"cell": "lstm", "layers": 2, "bidirectional": True, "bridge": "projected"}
    names = {name.rpartition("_l")[0] or name for name, _ in make_encoder(**config).named_parameters()}
    bridges = {f"bridges.{index}.{part}" for index in (0, 1) for part in ("weight", "bias")}
    cell = {f"cell.{kind}_{side}" for kind in ("weight", "bias") for side in ("ih", "hh")}
    assert names == {"embedding.weight"} | cell | bridges
