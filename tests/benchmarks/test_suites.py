"""What the suites time, before they time it."""

from __future__ import annotations

from itertools import product

import pytest
import torch

from benchmarks.session.profiles import PROFILES
from benchmarks.suites.bench_scores import candidates
from benchmarks.suites.compiled import skip_without_compiler
from seq2seq_core.config import ModelConfig
from seq2seq_core.layers.scores import SCORES


@pytest.mark.parametrize("name", PROFILES)
def test_no_two_planes_of_a_map_share_a_point(name: str) -> None:
    # The second row of a point would be refused, after all the work, when the tables are read.
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


def test_one_batch_and_hidden_size_has_the_whole_plane_of_every_cell_in_the_full_profile() -> None:
    plane = PROFILES["full"].encoder[0]
    assert (min(plane.lengths), max(plane.lengths)) == (10, 1000)
    assert set(plane.padding_ratios) == {0.0, 0.25, 0.5, 0.75}
    assert set(plane.cells) == {"gru", "lstm", "rnn"}
    sizes = {(other.batch, other.hidden_size) for other in PROFILES["full"].encoder}
    assert len({batch for batch, _ in sizes}) == len({size for _, size in sizes}) == 2


def test_a_whole_target_is_looked_up_by_scores_that_need_not_look_back_and_compiled_where_it_is_wanted() -> None:
    assert candidates(1, compiled=True) == [*SCORES]
    assert set(SCORES) - set(candidates(50, compiled=False)) == {"location"}
    assert candidates(50, compiled=True) == [*candidates(50, compiled=False), "additive_compiled"]


def test_an_arm_that_is_compiled_is_skipped_with_the_reason_where_there_is_no_compiler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    cpu = torch.device("cpu")
    skip_without_compiler(ModelConfig(score="additive"), cpu)
    with pytest.raises(pytest.skip.Exception, match="no compiler 'no-such-compiler'"):
        skip_without_compiler(ModelConfig(score="additive", compile=True), cpu)
