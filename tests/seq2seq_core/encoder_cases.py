"""Small encoders in float64, and padded batches as their input."""

from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from seq2seq_core.config import ModelConfig
from seq2seq_core.model.encoder import Encoder
from seq2seq_core.seeding import initialise

VOCABULARY, H = 7, 5
LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=5)


def make_encoder(**settings_: Any) -> Encoder:
    config = ModelConfig.from_dict({"embedding_size": 4, "hidden_size": H, **settings_})
    module = Encoder(config, VOCABULARY)
    initialise(module, 3)
    for parameter in module.parameters():  # biases too: with zeros, some leaks of padding have no effect
        parameter.data += 0.1
    return module.double()


def make_source(lengths: list[int], extra: int = 0) -> tuple[Tensor, Tensor]:
    """Random letters of these lengths, with `extra` positions of padding in every row."""
    source = torch.randint(3, VOCABULARY, (len(lengths), max(lengths)), generator=torch.Generator().manual_seed(1))
    source = source.masked_fill(torch.arange(max(lengths)) >= torch.tensor(lengths).unsqueeze(1), 0)
    return nn.functional.pad(source, (0, extra)), torch.tensor(lengths)
