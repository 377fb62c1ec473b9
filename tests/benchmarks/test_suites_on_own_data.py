"""A session with the user's own pairs has their lengths and vocabulary, and one case of each suite's other factors."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sessions import session

from benchmarks.session.own_data import data_settings, data_text
from benchmarks.session.profiles import PROFILES
from benchmarks.suites.own_pairs import own_batch, own_profile
from results.tables import csv_io, provenance
from seq2seq_core.config import TaskConfig

CPU = torch.device("cpu")


def pairs_file(folder: Path, lengths: list[int]) -> Path:
    """Sources of these lengths, all different; a target is a third as long."""
    path = folder / "pairs.tsv"
    rows = [f"{'a' * (length - 1)}{chr(0x4E00 + row)}\t{'b' * (length // 3 + 1)}" for row, length in enumerate(lengths)]
    path.write_text("\n".join(["source\ttarget", *rows, ""]))
    return path


@given(lengths=st.lists(st.integers(1, 60), min_size=20, max_size=80), size=st.integers(1, 40))
def test_a_batch_has_the_lengths_of_the_training_pairs(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], size: int
) -> None:
    task = TaskConfig(task="pairs", data=str(pairs_file(tmp_path_factory.mktemp("data"), lengths)))
    batch = own_batch(task, size, CPU)
    train = task.pairs.sets["train"].sources.lengths.sort().values
    assert len(batch.source_lengths) == size
    assert batch.source_lengths.tolist() == sorted(batch.source_lengths.tolist())
    for place, length in enumerate(batch.source_lengths.tolist()):  # each from its part of the training pairs
        start, end = place * len(train) // size, min(len(train) - 1, (place + 1) * len(train) // size)
        assert train[start] <= length <= train[end]
    assert set(batch.source_lengths.tolist()) <= set(train.tolist())


@pytest.mark.parametrize("name", PROFILES)
def test_the_cases_of_a_profile_are_those_of_the_data(name: str, tmp_path: Path) -> None:
    task = TaskConfig(task="pairs", data=str(pairs_file(tmp_path, [*range(10, 50)] * 2 + [500])))
    profile = own_profile(PROFILES[name], task)
    [plane], [score] = profile.encoder, profile.score
    [longest] = plane.lengths
    assert 45 < longest < 50  # without the outlier
    assert plane.cells == PROFILES[name].encoder[0].cells
    assert score.target_lengths[0] == 1
    assert profile.training_lengths == ((10, 500),)
    assert profile.limits == PROFILES[name].limits


def test_long_pairs_do_not_fill_the_memory_with_a_tensor_of_all_pairs_of_query_and_key(tmp_path: Path) -> None:
    task = TaskConfig(task="pairs", data=str(pairs_file(tmp_path, [2000] * 30)))
    [score] = own_profile(PROFILES["quick"], task).score
    [source], target = score.source_lengths, score.target_lengths[-1]
    assert source == 2000
    assert 1 < target < 2000
    assert 4 * 16 * target * source * 2 * score.hidden_size <= 2**29  # bytes of (B,T,S,2 H) in float32


def test_data_is_named_by_file_units_and_content(tmp_path: Path) -> None:
    path = pairs_file(tmp_path, [*range(5, 40)])
    task = TaskConfig(task="pairs", data=str(path))
    assert data_text(data_settings(task)) == f"pairs.tsv by characters ({task.content})"
    assert data_text(data_settings(TaskConfig())) == ""


def test_a_file_that_is_given_for_two_parts_is_named_once() -> None:
    files = [{"name": name} for name in ("a.tsv", "b.tsv", "a.tsv")]
    data = [{"files": files, "units": "tokens", "content": "2f1c"}]
    assert data_text({"data": data}) == "a.tsv and b.tsv by tokens (2f1c)"


@pytest.mark.slow
def test_every_suite_runs_on_own_pairs_and_other_pairs_are_refused_in_the_folder(tmp_path: Path) -> None:
    path = pairs_file(tmp_path, [*range(5, 25)] * 3)
    selected = (
        "(encoder and gru-one and packed) or (score and location) or additive_previous or levenshtein "
        "or (decoder and general-parallel) or (greedy and general)"
    )
    words = ("benchmarks", "--profile", "smoke", "--device", "cpu", "-k", selected, "--out", str(tmp_path / "out"))
    done = session(*words, "--data", str(path))
    assert done.returncode == 0, done.stdout
    rows = csv_io.read_table(tmp_path / "out", "throughput").set_index("suite")
    assert {*rows.index} == {"decoder", "encoder", "greedy", "metric", "score", "training"}
    assert rows.source_length.between(22, 24).all()
    assert (rows.target_length.dropna() <= 10).all()
    assert (rows.loc["greedy"].target_length < 10).all()
    part = provenance.read(tmp_path / "out")["benchmarks"]
    assert part["settings"]["data"][0]["sets"]["train"]["pairs"] == 48
    assert part["command"][6:10] == ["--retrograde-device", "cpu", "--retrograde-data", "pairs.tsv"]
    report = (tmp_path / "out/report.md").read_text()
    assert "cores. The lengths and the vocabulary are those of pairs.tsv. A case is" in report
    assert f"| data | pairs.tsv ({part['settings']['data'][0]['content']}) |" in report

    pairs_file(tmp_path, [*range(5, 26)] * 3)
    other = session(*words, "--data", str(path))
    assert other.returncode == 2
    assert "holds a session with data pairs.tsv by characters (" in other.stderr
    assert other.stderr.endswith(f"such as --out {tmp_path}/out-data=pairs.tsv\n")
