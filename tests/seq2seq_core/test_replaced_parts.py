"""A part of the decoder or encoder that a recipe replaces is used in training and in decoding, with and without
kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from seq2seq_core.config import ModelConfig
from seq2seq_core.layers import fast_path
from seq2seq_core.model.attention import Memory
from seq2seq_core.model.decoder import Advanced, Carry, Decoder
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.seeding import initialise
from seq2seq_core.tokens import SOS

VOCABULARY = 7


class Doubled(nn.Embedding):
    def forward(self, tokens: Tensor) -> Tensor:
        return 2 * super().forward(tokens)


class Negated(nn.Linear):
    def forward(self, inputs: Tensor) -> Tensor:
        return -super().forward(inputs)


class Halved(Decoder):
    def advance(self, inputs: Tensor, carry: Carry, memory: Memory | None, run: Any = None) -> Advanced:
        features, weights, carry = super().advance(inputs, carry, memory, run)
        return features / 2, weights, carry


class Unattended(Decoder):
    def _attend(self, *given: Any, **more: Any) -> tuple[Tensor, Tensor]:
        context, weights = super()._attend(*given, **more)
        return context / 2, weights


def own_advance(model: Seq2Seq) -> None:
    model.decoder.__class__ = Halved


def own_embedding(model: Seq2Seq) -> None:
    model.decoder.embedding.__class__ = Doubled


def own_source_embedding(model: Seq2Seq) -> None:
    model.encoder.embedding.__class__ = Doubled


def own_readout(model: Seq2Seq) -> None:
    model.decoder.output.__class__ = Negated


def own_attention(model: Seq2Seq) -> None:
    model.decoder.__class__ = Unattended


def wrapped_readout(model: Seq2Seq) -> None:
    model.decoder.output = nn.Sequential(model.decoder.output, nn.Tanh())  # type: ignore[assignment]


def no_bias(model: Seq2Seq) -> None:
    with torch.no_grad():
        model.decoder.output.bias.fill_(0)
    model.decoder.output.bias = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    "settings",
    [{"cell": "gru", "score": "general"}, {"cell": "lstm", "score": "additive", "query": "previous"},
     {"cell": "gru", "score": "shift"}, {"cell": "lstm", "score": None}],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize(
    ("replace", "changes"),
    [
        (own_advance, True),
        (own_embedding, True),
        (own_source_embedding, True),
        (own_readout, True),
        (wrapped_readout, True),
        (own_attention, True),
        (no_bias, False),
    ],
)
def test_a_replaced_part_is_used_everywhere(
    replace: Callable[[Seq2Seq], None], changes: bool, settings: dict[str, Any]
) -> None:
    if settings["score"] is None and replace is own_attention:
        changes = False  # there is nothing to attend to
    model = Seq2Seq(ModelConfig(embedding_size=5, hidden_size=8, packing="padded_exact", **settings), VOCABULARY)
    initialise(model, 3)
    model.eval()
    generator = torch.Generator().manual_seed(1)
    source, target = (torch.randint(3, VOCABULARY, size, generator=generator) for size in ((4, 6), (4, 5)))
    lengths = torch.tensor([6, 6, 5, 2])

    def by_steps() -> Tensor:
        with torch.no_grad():
            memory, state = model.encode(source, lengths)
            step = model.decoder.token_step(memory, model.decoder.start(state))
            fed = torch.cat([torch.full_like(target[:, :1], SOS), target[:, :-1]], dim=1)
            return torch.cat([step(tokens)[0].clone() for tokens in fed.split(1, dim=1)], dim=1)

    before = model(source, lengths, target)
    replace(model)
    with fast_path.disabled():
        plain = model(source, lengths, target)
        plain_steps = by_steps()
    assert torch.allclose(before, plain, atol=1e-5) != changes
    for logits in (model(source, lengths, target), by_steps(), plain_steps):
        torch.testing.assert_close(logits, plain, atol=1e-5, rtol=1e-5)
