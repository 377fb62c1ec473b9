"""The recurrent cells. A cell is one class here; a name in its class line adds it to `CELLS`, and from there it
reaches config validation, all packings, the bridges, the benchmarks and the conformance tests without another edit.

A state is a tuple of tensors (layers x D,B,H): (h,), or (h, c) for a cell with a memory cell.
"""

from __future__ import annotations

import re
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from seq2seq_core.registry import Registry

State = tuple[Tensor, ...]

# `run_direction` runs one part of a module's weights. On a GPU, cuDNN copies them at each call and warns of it.
warnings.filterwarnings("ignore", "RNN module weights are not part of single", UserWarning, re.escape(__name__))

RunCell = Callable[[Tensor, list[Tensor], State], tuple[Tensor, State]]
"""One step or more of a cell: inputs (B,T,E), further inputs (B,T,...) side by side with them, the state -> outputs
(B,T,H) and the last state."""

SATURATED = 1e4
"""A pre-activation at which a sigmoid is exactly 0 or 1, in float32 and float64."""


class Cell(nn.Module, ABC):
    """One or more recurrent layers in one or two directions.

    The constructor takes input_size, hidden_size, num_layers, dropout and bidirectional as keyword arguments. They and
    the attributes below have their meaning in torch.nn.

    Before a training, matrices are set to random values and biases to zero, whatever the constructor sets. A cell that
    starts with other values, such as a bias of 1 of a forget gate, sets them in a method `initial_values(generator)`;
    see `seeding.initialise`.
    """

    gates: ClassVar[int]
    """Rows of each weight matrix, in multiples of H; the roofline counts the products of a step from it"""
    activations: ClassVar[int]
    """Sigmoids and tanhs of a step, in multiples of H; the roofline counts them"""
    memory_cell: ClassVar[bool] = False
    """Whether the state is (h, c)"""
    kernel: ClassVar[str | None] = None
    """The equations of the class in `seq2seq_core.layers.fast_path.KERNELS`, which a class line states. A subclass does
    not inherit them: it may compute something else."""

    hidden_size: int
    num_layers: int
    dropout: float
    bidirectional: bool

    def __init_subclass__(cls, *, name: str | None = None, kernel: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.kernel = kernel
        if name:
            CELLS.add(name, cls)

    @abstractmethod
    def run(self, inputs: Any, state: State | None = None) -> tuple[Any, State]:
        """inputs (B,T,C), or a PackedSequence of them; the first state, or None for zeros -> outputs (B,T,H x D) in the
        form of the inputs, and the last state."""

    @abstractmethod
    def run_direction(self, part: str, inputs: Tensor, lengths: Tensor, mask: Tensor) -> tuple[Tensor, State]:
        """One layer in one direction, from a state of zeros; part: "l0", "l0_reverse", "l1", ...

        inputs (B,S,C), lengths (B,) on the CPU, mask (B,S) -> outputs (B,S,H), arbitrary at padding, and the state
        (B,H) of each row at the end of its sequence: padding must not change it.
        """

    def kernel_weights(self) -> list[list[list[Tensor]]]:
        """For a class with a kernel: for each layer and direction the weights of the input (gates x H,C) and of the
        state (gates x H,H), and the bias (gates x H,) of each."""
        raise NotImplementedError(f"{type(self).__name__} has no weights for the kernel {self.kernel!r}")


CELLS: Registry[Cell] = Registry("cell", Cell)


class TorchCell(Cell):
    """The base of a cell that is also a recurrent module of torch.nn, which holds the parameters."""

    function: ClassVar[Callable[..., Any]]
    """The function of torch that runs the module"""

    def __init__(self, **settings: Any) -> None:
        super().__init__(batch_first=True, **settings)

    def run(self, inputs: Any, state: State | None = None) -> tuple[Any, State]:
        first = state if state is None or self.memory_cell else state[0]
        outputs, last = self(inputs, first)
        return outputs, last if self.memory_cell else (last,)

    def run_direction(self, part: str, inputs: Tensor, lengths: Tensor, mask: Tensor) -> tuple[Tensor, State]:
        start = inputs.new_zeros(1, inputs.size(0), self.hidden_size)
        outputs, _ = self.function(inputs, start, self.weights(part), *self._settings())
        return outputs, (self._last(outputs, lengths),)

    def weights(self, part: str) -> list[Tensor]:
        """Of one layer and direction: the weights of the input (gates x H,C) and of the state (gates x H,H), and the
        bias (gates x H,) of each."""
        return [getattr(self, f"{kind}_{part}") for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]

    def kernel_weights(self) -> list[list[list[Tensor]]]:
        tails = ["", "_reverse"] if self.bidirectional else [""]
        return [[self.weights(f"l{layer}{tail}") for tail in tails] for layer in range(self.num_layers)]

    def _settings(self) -> tuple[bool, int, float, bool, bool, bool]:
        """For one layer, in torch's order: biases, layers, dropout, training, bidirectional, batch first."""
        return True, 1, 0.0, self.training, False, True

    def _last(self, outputs: Tensor, lengths: Tensor) -> Tensor:
        """outputs (B,S,H) -> those of the last real position of each row (B,H)."""
        ends = (lengths.to(outputs.device, non_blocking=True) - 1).view(-1, 1, 1).expand(-1, 1, self.hidden_size)
        return outputs.gather(1, ends).squeeze(1)


class GRU(TorchCell, nn.GRU, name="gru", kernel="gru"):
    """The gated recurrent unit of Cho et al. 2014, as cuDNN computes it (equations: `kernels.cells.gru`)."""

    gates, activations = 3, 3
    function = torch.gru


class LSTM(TorchCell, nn.LSTM, name="lstm", kernel="lstm"):
    """Long short-term memory (Hochreiter and Schmidhuber 1997) with a forget gate (Gers et al. 2000)."""

    gates, activations, memory_cell = 4, 5, True
    function = torch.lstm

    def run_direction(self, part: str, inputs: Tensor, lengths: Tensor, mask: Tensor) -> tuple[Tensor, State]:
        # The outputs hold h at every step, but torch returns c after the last step only, so padding has to keep c.
        # One more input channel, 1 at padding, saturates the forget gate at 1 and the input gate at 0 (torch's order
        # of gates: input, forget, candidate, output).
        start = inputs.new_zeros(1, inputs.size(0), self.hidden_size)
        inputs = torch.cat([inputs, (~mask).unsqueeze(-1).to(inputs.dtype)], dim=-1)
        freeze = inputs.new_tensor([-SATURATED, SATURATED, 0.0, 0.0]).repeat_interleave(self.hidden_size)
        weights = self.weights(part)
        weights[0] = torch.cat([weights[0], freeze.unsqueeze(1)], dim=1)
        outputs, _, memory = torch.lstm(inputs, (start, start), weights, *self._settings())
        return outputs, (self._last(outputs, lengths), memory.squeeze(0))


class RNN(TorchCell, nn.RNN, name="rnn", kernel="rnn"):
    """h' = tanh(W x + b + U h + c) (Elman 1990)."""

    gates, activations = 1, 1
    function = torch.rnn_tanh
