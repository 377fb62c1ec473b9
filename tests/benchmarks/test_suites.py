"""The cases and candidates of the suites."""

from __future__ import annotations

from itertools import product

import pytest

from benchmarks.peers.aims import ATTENTION_FIRST, CELL_FIRST, GREEDY, training_aim
from benchmarks.session.profiles import PROFILES
from benchmarks.suites.bench_scores import candidates
from seq2seq_core.layers.scores import SCORES


@pytest.mark.parametrize("name", PROFILES)
def test_no_two_planes_share_a_case(name: str) -> None:
    # Two rows of the same case would be refused when the tables are read, after all cases have been measured.
    profile = PROFILES[name]
    encoder = [
        (plane.batch, plane.hidden_size, *point)
        for plane in profile.encoder
        for point in product(plane.cells, plane.lengths, plane.padding_ratios)
    ]
    score = [
        (plane.hidden_size, *point)
        for plane in profile.score
        for point in product(plane.target_lengths, plane.source_lengths)
    ]
    assert len(set(encoder)) == len(encoder)
    assert len(set(score)) == len(score)


def test_the_full_profile_has_the_complete_plane_of_every_cell_at_one_batch_and_hidden_size() -> None:
    plane = PROFILES["full"].encoder[0]
    assert (min(plane.lengths), max(plane.lengths)) == (10, 1000)
    assert set(plane.padding_ratios) == {0.0, 0.25, 0.5, 0.75}
    assert set(plane.cells) == {"gru", "lstm", "rnn"}
    sizes = {(other.batch, other.hidden_size) for other in PROFILES["full"].encoder}
    assert len({batch for batch, _ in sizes}) == len({size for _, size in sizes}) == 2


def test_a_longer_target_has_the_scores_without_previous_alignment_and_the_compiled_one_if_requested() -> None:
    assert candidates(1, compiled=True) == [*SCORES]
    looking_back = {name for name in SCORES if name.startswith(("location", "shift", "one_step"))}
    assert set(SCORES) - set(candidates(50, compiled=False)) == looking_back
    assert candidates(50, compiled=True) == [*candidates(50, compiled=False), "additive_compiled"]


@pytest.mark.parametrize("name", PROFILES)
def test_every_training_step_and_greedy_decoding_beside_joeynmt_has_an_aim(name: str) -> None:
    peers = PROFILES[name].peers
    points = [
        point
        for plane in peers.training
        for point in product(plane.cells, (CELL_FIRST, ATTENTION_FIRST), plane.hidden_sizes, plane.lengths)
    ]
    assert len(set(points)) == len(points)
    assert all(training_aim(cell, case, size, longest) > 1 for cell, case, size, (_, longest) in points)
    assert all(size in GREEDY for _, size in peers.greedy)


def test_quick_has_every_cell_and_length_of_the_training_steps_at_64_and_the_lstm_at_256() -> None:
    planes = PROFILES["quick"].peers.training
    points = {point for plane in planes for point in product(plane.cells, plane.hidden_sizes, plane.lengths)}
    lengths = PROFILES["full"].peers.training[0].lengths
    assert len(lengths) == 3
    assert points >= {*product(("gru", "lstm", "rnn"), (64,), lengths), *product(("lstm",), (256,), lengths)}
