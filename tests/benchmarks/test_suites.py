"""The cases and candidates of the suites."""

from __future__ import annotations

from itertools import product

import pytest

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
    assert set(SCORES) - set(candidates(50, compiled=False)) == {"location", "shift", "one_step"}
    assert candidates(50, compiled=True) == [*candidates(50, compiled=False), "additive_compiled"]
