"""With the same weights joeynmt's model and ours give the same logits: what is timed beside ours is the same work."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from benchmarks.peers.joey import SHIFT, joey_model
from benchmarks.peers.sizes import CPU, GENERAL, draw, sized, tokens_of
from seq2seq_core.config import TaskConfig
from seq2seq_core.tasks import vocabulary
from seq2seq_core.tokens import PAD
from seq2seq_core.training import build_model

TASK = TaskConfig(min_length=2, max_length=7)
SIZE = 6


@pytest.mark.parametrize("score", ["general", "additive"])
def test_both_give_the_same_logits(device: torch.device, score: str) -> None:
    ours = build_model(sized(GENERAL.replace({"score": score}), SIZE), TASK, seed=0, device=CPU).double()
    for parameter in ours.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    ours.decoder.output.bias.data.zero_()  # the peer has none there, and one before
    theirs = joey_model(TASK, SIZE, score).double()
    _copy(ours, theirs)
    batch = draw(TASK, 5)
    source, fed, _ = tokens_of(batch)
    logits, *_ = theirs._encode_decode(
        src=source + SHIFT,
        trg_input=fed + SHIFT,
        src_mask=(source != PAD).unsqueeze(1),
        src_length=batch.source_lengths,
    )
    expected = ours(batch.source, batch.source_lengths, batch.target)
    torch.testing.assert_close(logits[..., SHIFT:], expected, rtol=0, atol=1e-10)


@torch.no_grad()
def _copy(ours: nn.Module, theirs: nn.Module) -> None:
    """Every weight of ours into its place in the peer."""
    mine, other = dict(ours.named_parameters()), dict(theirs.named_parameters())
    words = vocabulary(TASK)
    for name, place in {"encoder.embedding.weight": "src_embed.lut.weight",
                        "decoder.embedding.weight": "trg_embed.lut.weight",
                        "decoder.output.weight": "decoder.output_layer.weight"}.items():  # fmt: skip
        other[place].zero_()
        other[place][SHIFT : SHIFT + words] = mine[name]
    for name, value in mine.items():
        for prefix, place in {"encoder.cell.": "encoder.rnn.", "decoder.cell.": "decoder.rnn."}.items():
            if name.startswith(prefix):
                other[name.replace(prefix, place)].copy_(value)
    for name, place in {"score.key": "key_layer", "score.query": "query_layer", "score.energy": "energy_layer"}.items():
        if f"decoder.{name}.weight" in mine:
            other[f"decoder.attention.{place}.weight"].copy_(mine[f"decoder.{name}.weight"])
    for kind in ("weight", "bias"):
        other[f"decoder.bridge_layer.{kind}"].copy_(mine[f"encoder.bridges.0.{kind}"])
    of_context, of_state = torch.split(mine["decoder.attentional.weight"], [2 * SIZE, SIZE], dim=1)
    other["decoder.att_vector_layer.weight"].copy_(torch.cat([of_state, of_context], dim=1))
    other["decoder.att_vector_layer.bias"].zero_()
