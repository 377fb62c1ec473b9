"""With equal weights the models of the peers and ours compute the same function, so that equal work is compared."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from benchmarks.peers.bench_alignment import SCORES
from benchmarks.peers.models.eole import EoleModel
from benchmarks.peers.models.joey import SHIFT, joey_greedy, joey_model
from benchmarks.peers.models.step_by_step import stepwise_greedy, stepwise_logits
from benchmarks.peers.shared import CPU, GENERAL, ONE_WAY, draw, sized, tokens_of
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.tokens import FIRST_LETTER, PAD
from seq2seq_core.training import build_model

TASK = TaskConfig(min_length=2, max_length=7)
SIZE = 6
STEPS = 9


def our_model(config: ModelConfig) -> Seq2Seq:
    """Our model in float64 with random weights, and without the output bias that joeynmt lacks."""
    model = build_model(config, TASK, seed=0, device=CPU).double()
    noise = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        parameter.data += 0.3 * torch.randn(parameter.shape, generator=noise)
    model.decoder.output.bias.data.zero_()
    return model


@pytest.mark.parametrize("score", ["general", "additive"])
@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn"])
def test_joeynmt_gives_the_same_logits(device: torch.device, cell: str, score: str) -> None:
    config = sized(GENERAL.replace({"score": score}), SIZE, cell)
    ours, peer = our_model(config), joey_model(config, TASK).double()
    _copy_to_joey(ours, peer)
    batch = draw(TASK, 5)
    source, inputs, _ = tokens_of(batch)
    logits, *_ = peer._encode_decode(
        src=source + SHIFT,
        trg_input=inputs + SHIFT,
        src_mask=(source != PAD).unsqueeze(1),
        src_length=batch.source_lengths,
    )
    expected = ours(batch.source, batch.source_lengths, batch.target)
    torch.testing.assert_close(logits[..., SHIFT:], expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_joeynmt_decodes_the_same_letters(device: torch.device, cell: str) -> None:
    config = sized(GENERAL, SIZE, cell)
    ours, peer = our_model(config).eval(), joey_model(config, TASK).double()
    rows = ours.decoder.output.weight.data
    rows[:FIRST_LETTER] = mean = rows[FIRST_LETTER:].mean(dim=0)
    _copy_to_joey(ours, peer)
    peer.decoder.output_layer.weight.data[0] = mean  # a mean is never the largest logit, so both predict letters only
    batch = draw(TASK, 16)
    decoded = ours.greedy(batch.source, batch.source_lengths, STEPS, until_end=False).tokens
    peer_tokens = joey_greedy(peer, batch, STEPS)()
    assert isinstance(peer_tokens, torch.Tensor)
    assert decoded.min() != decoded.max()
    assert torch.equal(peer_tokens - SHIFT, decoded)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_eole_gives_the_same_logits_without_padding(device: torch.device, cell: str) -> None:
    config = sized(GENERAL.replace(ONE_WAY), SIZE, cell)
    ours, peer = our_model(config), EoleModel(config, TASK).double()
    _copy_to_eole(ours, peer)
    batch = draw(TaskConfig(min_length=7, max_length=7), 5)
    source, inputs, _ = tokens_of(batch)
    expected = ours(batch.source, batch.source_lengths, batch.target)
    torch.testing.assert_close(peer(source, inputs), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("score", SCORES)
def test_step_by_step_a_score_gives_the_same_logits_and_letters(device: torch.device, score: str) -> None:
    ours = our_model(sized(ModelConfig(score=score), SIZE)).eval()
    batch = draw(TASK, 5)
    steps = torch.arange(batch.target.size(1)) < batch.target_lengths.unsqueeze(1)
    logits = ours(batch.source, batch.source_lengths, batch.target, target_lengths=batch.target_lengths)
    torch.testing.assert_close(logits[steps], stepwise_logits(ours, batch)[steps], rtol=0, atol=1e-10)
    decoded = ours.greedy(batch.source, batch.source_lengths, STEPS, until_end=False).tokens
    assert torch.equal(decoded, stepwise_greedy(ours, batch, STEPS))


@torch.no_grad()
def _copy_to_joey(ours: Seq2Seq, peer: nn.Module) -> None:
    """Copies every weight of our model to the corresponding weight of the peer.

    The first memory cells of an LSTM decoder come from other things on each side. With bridges of zeros they are equal.
    """
    if len(ours.encoder.bridges) == 2:
        for parameter in ours.encoder.bridges.parameters():
            parameter.zero_()
    mine, other = dict(ours.named_parameters()), dict(peer.named_parameters())
    for name, place in {"encoder.embedding.weight": "src_embed.lut.weight",
                        "decoder.embedding.weight": "trg_embed.lut.weight",
                        "decoder.output.weight": "decoder.output_layer.weight"}.items():  # fmt: skip
        other[place].zero_()
        other[place][SHIFT:] = mine[name]
    _copy_cells(mine, other)
    for name, place in {"score.key": "key_layer", "score.query": "query_layer", "score.energy": "energy_layer"}.items():
        if f"decoder.{name}.weight" in mine:
            other[f"decoder.attention.{place}.weight"].copy_(mine[f"decoder.{name}.weight"])
    for kind in ("weight", "bias"):
        other[f"decoder.bridge_layer.{kind}"].copy_(mine[f"encoder.bridges.0.{kind}"])
    of_context, of_state = torch.split(mine["decoder.attentional.weight"], [2 * SIZE, SIZE], dim=1)
    other["decoder.att_vector_layer.weight"].copy_(torch.cat([of_state, of_context], dim=1))
    other["decoder.att_vector_layer.bias"].zero_()


@torch.no_grad()
def _copy_to_eole(ours: nn.Module, peer: nn.Module) -> None:
    """Copies every weight; eole projects the query where our model projects the keys."""
    mine, other = dict(ours.named_parameters()), dict(peer.named_parameters())
    _copy_cells(mine, other)
    for name, place in {"encoder.embedding.weight": "source_embedding.weight",
                        "decoder.embedding.weight": "target_embedding.weight",
                        "decoder.attentional.weight": "decoder.attn.linear_out.weight",
                        "decoder.output.weight": "output.weight",
                        "decoder.output.bias": "output.bias"}.items():  # fmt: skip
        other[place].copy_(mine[name])
    other["decoder.attn.linear_in.weight"].copy_(mine["decoder.score.key.weight"].T)


def _copy_cells(mine: dict[str, nn.Parameter], other: dict[str, nn.Parameter]) -> None:
    for name, value in mine.items():
        for side in ("encoder", "decoder"):
            if name.startswith(f"{side}.cell."):
                other[name.replace(f"{side}.cell.", f"{side}.rnn.")].copy_(value)
