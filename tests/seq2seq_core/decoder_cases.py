"""Decoders of any wiring, each with an input to decode."""

import dataclasses
from typing import Any

import torch
from torch import Tensor

from seq2seq_core.config import ModelConfig
from seq2seq_core.layers.cells import CELLS
from seq2seq_core.model.attention import Memory
from seq2seq_core.model.decoder import Carry, Decoder
from seq2seq_core.padding import mask_from_lengths

CPU = torch.device("cpu")
LETTERS, SIZE, STEPS = 7, 6, 4


@dataclasses.dataclass(frozen=True)
class DecoderCase:
    """A decoder with no parameter at zero, and an input to decode, in float64."""

    config: ModelConfig
    decoder: Decoder
    tokens: Tensor
    carry: Carry
    values: Tensor
    lengths: list[int]

    @property
    def memory(self) -> Memory | None:
        mask = mask_from_lengths(torch.tensor(self.lengths), self.values.size(1), CPU)
        return self.decoder.precompute_memory(self.values, mask)

    def logits(self) -> Tensor:
        logits: Tensor = self.decoder(self.tokens, self.carry, self.memory)
        return logits

    def unrolled(self) -> tuple[Tensor, Tensor | None, Carry]:
        return self.decoder.unroll(self.decoder.embedding(self.tokens), self.carry, self.memory)


def make_case(lengths: list[int], seed: int = 0, steps: int = STEPS, **overrides: Any) -> DecoderCase:
    config = ModelConfig.from_dict({"embedding_size": 5, "hidden_size": SIZE, **overrides})
    torch.manual_seed(seed)
    decoder = Decoder(config, LETTERS).double()
    for parameter in decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    size = len(lengths)
    tensors = 2 if CELLS[config.cell].memory_cell else 1
    state = tuple(torch.randn(config.layers, size, SIZE).double() for _ in range(tensors))
    return DecoderCase(
        config=config,
        decoder=decoder,
        tokens=torch.randint(LETTERS, (size, steps)),
        carry=decoder.start(state),
        values=torch.randn(size, max(lengths), config.value_size).double(),
        lengths=lengths,
    )
