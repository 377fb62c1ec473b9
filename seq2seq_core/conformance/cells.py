"""What holds for every cell, in one and two layers and directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor

from seq2seq_core.conformance.initial_values import check_constructor
from seq2seq_core.conformance.requirements import require, require_equal, require_gradients, require_shape
from seq2seq_core.conformance.trained import check_decoding
from seq2seq_core.layers import fast_path
from seq2seq_core.layers.cells import CELLS, Cell, State
from seq2seq_core.layers.packing import PACKINGS, packed, padded_exact
from seq2seq_core.padding import mask_from_lengths

E, H = 3, 4
LENGTHS = (5, 2, 1, 7)
SHAPES = ((1, False), (1, True), (2, False), (2, True))
"""(layers, bidirectional)"""


def make_cell(name: str, layers: int, bidirectional: bool) -> Cell:
    """In float64. Biases are not zero: with zeros, some leaks of padding have no effect."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        cell = _constructed(name, layers, bidirectional)
    for parameter in cell.parameters():
        parameter.data += 0.1
    return cell


def _constructed(name: str, layers: int, bidirectional: bool) -> Cell:
    settings = {"input_size": E, "hidden_size": H, "num_layers": layers, "bidirectional": bidirectional}
    return CELLS[name](dropout=0.0, **settings).double()


def make_inputs(lengths: Sequence[int], extra: int = 2) -> tuple[Tensor, Tensor]:
    """Random inputs (B,S,E) with large numbers at padding, `extra` positions of it in every row; lengths (B,)."""
    sizes = torch.tensor(lengths)
    random = torch.Generator().manual_seed(1)
    inputs = torch.randn(len(lengths), max(lengths), E, generator=random, dtype=torch.float64)
    inputs = torch.nn.functional.pad(inputs, (0, 0, 0, extra))
    mask = mask_from_lengths(sizes, inputs.size(1), inputs.device)
    return inputs.masked_fill(~mask.unsqueeze(-1), 50.0), sizes


def check_shapes(name: str) -> None:
    for cell, directions in _cells(name):
        settings = (cell.hidden_size, cell.num_layers, cell.dropout, cell.bidirectional)
        expected = (H, cell.num_layers, 0.0, directions == 2)
        require(
            settings == expected, f"hidden_size, num_layers, dropout, bidirectional are {settings}; expected {expected}"
        )
        inputs, _ = make_inputs([3, 3])
        outputs, state = cell.run(inputs)
        require_shape("outputs", outputs, 2, inputs.size(1), H * directions)
        count = 2 if cell.memory_cell else 1
        require(len(state) == count, f"state: {len(state)} tensors; expected {count}, as memory_cell is {count == 2}")
        for tensor in state:
            require_shape("state", tensor, cell.num_layers * directions, 2, H)
            require(tensor.dtype == torch.float64, f"state of float64 is {tensor.dtype}; expected float64")


def check_steps(name: str) -> None:
    for cell, directions in _cells(name):
        if directions == 2:
            continue  # a backward direction has no next step
        inputs, _ = make_inputs([6, 6], extra=0)
        outputs, last = cell.run(inputs)
        state: State | None = None
        steps = []
        for step in torch.split(inputs, 1, dim=1):
            output, state = cell.run(step, state)
            steps.append(output)
        assert state is not None
        require_equal("outputs of a sequence and of its steps", torch.cat(steps, dim=1), outputs)
        for found, expected in zip(state, last, strict=True):
            require_equal("the last state of a sequence and of its steps", found, expected)


def check_packings(name: str, lengths: Sequence[int] = LENGTHS) -> None:
    """Values, states and gradients."""
    for cell, _ in _cells(name):
        inputs, sizes = make_inputs(lengths)
        results = []
        for run in (packed, padded_exact):
            cell.zero_grad()
            values, state = run(cell, inputs, sizes)
            loss = values.square().sum()
            for part in state:
                loss = loss + part.pow(3).sum()
            torch.autograd.backward(loss)
            gradients = {key: parameter.grad for key, parameter in cell.named_parameters()}
            results.append((values, state, gradients))
        (values, state, gradients), (other_values, other_state, other_gradients) = results
        require_equal("values of packed and padded_exact", other_values, values)
        for found, expected in zip(other_state, state, strict=True):
            require_equal("states of packed and padded_exact", found, expected)
        for key, gradient in gradients.items():
            other = other_gradients[key]
            assert gradient is not None
            assert other is not None
            require_equal(f"gradients of {key} of packed and padded_exact", other, gradient)


def check_initial_values(name: str) -> None:
    for layers, bidirectional in SHAPES:
        check_constructor(partial(_constructed, name, layers, bidirectional))


def check_gradients(name: str) -> None:
    for cell, _ in _cells(name):
        values, _ = padded_exact(cell, *make_inputs(LENGTHS))
        torch.autograd.backward(values.square().sum())
        require_gradients("values", dict(cell.named_parameters()))


def check_rows(name: str, lengths: Sequence[int] = LENGTHS) -> None:
    for cell, _ in _cells(name):
        inputs, sizes = make_inputs(lengths)
        for packing in ("packed", "padded_exact"):
            values, state = PACKINGS[packing](cell, inputs, sizes, None)
            for row, length in enumerate(lengths):
                alone, end = PACKINGS[packing](cell, inputs[row : row + 1, :length], sizes[row : row + 1], None)
                require_equal(f"{packing}: values of a row alone and in a batch", values[row, :length], alone[0])
                for found, expected in zip(state, end, strict=True):
                    require_equal(f"{packing}: states of a row alone and in a batch", found[:, row], expected[:, 0])


def check_kernels(name: str) -> None:
    for cell, _ in _cells(name):
        inputs, sizes = make_inputs(LENGTHS)
        values, state = padded_exact(cell, inputs, sizes)
        with fast_path.disabled():
            plain, end = padded_exact(cell, inputs, sizes)
        require_equal("values with and without kernels", values, plain)
        for found, expected in zip(state, end, strict=True):
            require_equal("states with and without kernels", found, expected)


def check_repeatable(name: str) -> None:
    for cell, _ in _cells(name):
        inputs, _ = make_inputs(LENGTHS)
        first, second = (cell.run(inputs)[0] for _ in range(2))
        require_equal("outputs of the same inputs, computed twice", second, first, 0.0)


def check_model(name: str) -> None:
    for query in ("current", "previous"):
        for bridge in ("last", "projected"):
            check_decoding(cell=name, query=query, bridge=bridge)


def _cells(name: str) -> Iterator[tuple[Cell, int]]:
    """(cell, D) for each of `SHAPES`."""
    for layers, bidirectional in SHAPES:
        yield make_cell(name, layers, bidirectional), 2 if bidirectional else 1


CELL_CHECKS: dict[str, Callable[[str], None]] = {
    "outputs are (B,T,H x D), states (layers x D,B,H), all finite": check_shapes,
    "a sequence is its steps, one after another, with the state between them": check_steps,
    "padded_exact has the values, states and gradients of packed": check_packings,
    "what its constructor sets is what a training starts with": check_initial_values,
    "every parameter has a gradient": check_gradients,
    "a row does not depend on padding or on the other rows of its batch": check_rows,
    "kernels, if it uses them, have its values": check_kernels,
    "the same inputs have the same outputs": check_repeatable,
    "a model with it trains, and decodes as it is trained, with kernels and without": check_model,
}
"""What a check shows -> the check, for the name of a cell."""
