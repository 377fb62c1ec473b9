"""The encoder of each preset: which letters a value depends on, their number, and the decoder's first state."""

import pytest
import torch
from preset_models import CPU, LETTERS, TASK, E, H, make_preset
from torch import Tensor

from seq2seq_core.config.presets import PRESETS, preset
from seq2seq_core.layers.cells import State
from seq2seq_core.tokens import FIRST_LETTER, PAD
from seq2seq_core.training import build_model

S = 5


def encoded(name: str) -> tuple[list[list[bool]], Tensor, State]:
    """Which letters of abcda each value depends on, the values (1,S',...), and the decoder's state."""
    net = make_preset(name)
    source, lengths = torch.tensor([[0, 1, 2, 3, 0]]) + FIRST_LETTER, torch.tensor([S])
    values, _, state = net.encoder(source, lengths)
    depends = []
    for position in range(S):
        other = source.clone()
        other[0, position] = (source[0, position] - FIRST_LETTER + 1) % LETTERS + FIRST_LETTER
        depends.append((net.encoder(other, lengths)[0] - values)[0].abs().amax(-1) > 1e-9)
    return torch.stack(depends, dim=1).tolist(), values, state


@pytest.mark.parametrize("name", ["article_none", "article_luong", "article_bahdanau", "luong2015"])
def test_one_direction_hands_on_its_last_state(name: str) -> None:
    depends, values, state = encoded(name)
    assert depends == [[letter <= position for letter in range(S)] for position in range(S)]
    assert values.shape == (1, S, H)
    torch.testing.assert_close(state[0][-1], values[:, -1], rtol=0, atol=0)


def test_bahdanau_reads_both_ways_and_projects_the_state() -> None:
    depends, values, state = encoded("bahdanau2015")
    assert depends == [[True] * S] * S
    assert values.shape == (1, S, 2 * H)
    w = dict(make_preset("bahdanau2015").encoder.bridges.named_parameters())
    last = torch.cat([values[0, -1, :H], values[0, 0, H:]])  # where each direction ended
    torch.testing.assert_close(state[0][0, 0], torch.tanh(w["0.weight"] @ last + w["0.bias"]), rtol=0, atol=1e-12)


def test_listen_attend_and_spell_halves_twice_by_pairs_side_by_side_and_starts_from_zeros() -> None:
    depends, values, state = encoded("las2016")
    assert depends == [[True] * S] * 2  # 5 positions, 3, 2
    assert values.shape == (1, 2, 2 * H)
    assert [cell.input_size for cell in make_preset("las2016").encoder.pyramid.cells] == [E, 4 * H, 4 * H]
    assert all(not part.any() for part in state)


@pytest.mark.parametrize("name", ["article_none", "article_luong", "article_bahdanau"])
def test_the_article_has_64_units_and_reads_one_hot_letters(name: str) -> None:
    net = build_model(preset(name), TASK, 1, CPU)
    assert net.encoder.cell.weight_ih_l0.shape == (3 * 64, LETTERS)
    assert net.decoder.embedding.weight.shape == (LETTERS + FIRST_LETTER, 64)
    assert net.decoder.cell.weight_hh_l0.shape == (3 * 64, 64)


@pytest.mark.parametrize("name", ["luong2015", "bahdanau2015", "las2016"])
def test_the_other_presets_have_learnt_embeddings(name: str) -> None:
    assert make_preset(name).encoder.embedding.weight.shape == (LETTERS + FIRST_LETTER, E)


@pytest.mark.parametrize("name", PRESETS)
def test_no_preset_reads_padding(name: str) -> None:
    encoder, source, lengths = make_preset(name).encoder, torch.tensor([[0, 1, 2]]) + FIRST_LETTER, torch.tensor([3])
    values, _, state = encoder(source, lengths)
    padded, _, padded_state = encoder(torch.nn.functional.pad(source, (0, 4), value=PAD), lengths)
    torch.testing.assert_close(padded[:, : values.size(1)], values, rtol=0, atol=1e-12)
    torch.testing.assert_close(padded_state, state, rtol=0, atol=1e-12)
