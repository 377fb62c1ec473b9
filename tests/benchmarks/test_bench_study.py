"""A session that times the arms of a study: its rows, its batches, and what it leaves of the folder."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest
import torch
from sessions import ROOT, session

from benchmarks.conftest import pytest_ignore_collect, repeats
from benchmarks.session.study import read_study
from benchmarks.suites.bench_study import median_batch
from results.report.folder import read_folder
from results.tables import provenance
from results.tables.csv_io import read_table, write_table
from results.tables.earlier_sessions import earlier_sessions
from results.tables.timing_schema import case_name, packed_candidate
from studies import catalog
from studies.commands.export import export_tables, record_provenance
from studies.design.study import Arm
from studies.planning.plan import plan
from studies.training.train_run import train_to_rows

SIZES = {"epochs": 1, "steps_per_epoch": 1, "hidden_size": 8, "evaluation_size": 4, "test_size": 4}
BATCHES = {3: 4, 6: 7}
"""Level of max_length -> the size of a training batch, which the level brings."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study of two arms, one of them with padded_exact, at two lengths."""
    folder = tmp_path_factory.mktemp("study") / "tiny"
    folder.mkdir()
    declared = catalog.load("attention")
    study = dataclasses.replace(
        declared,
        task=declared.task.replace({"min_length": 2}),
        arms={"none": Arm(score=None, packing="packed"), "dot": Arm(score="dot")},
        factors={"max_length": tuple(BATCHES)},
        level_settings={"max_length": {level: {"batch_size": size} for level, size in BATCHES.items()}},
        contrasts=(),
        decision=None,
    )
    todo = plan(study, "smoke", seeds=1, settings=SIZES)
    finished = {run.run_id: train_to_rows(run, lambda point: None) for run in todo.initial_runs}
    export_tables(folder, "tiny", todo, finished)
    record_provenance(folder, "tiny", todo, finished, [], command=["retrograde", "run"], device="cpu", noise={})
    return folder


@pytest.mark.slow
def test_a_session_writes_a_row_for_each_arm_at_each_level_and_leaves_the_study_as_it_is(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.glob("*.csv")}
    study = provenance.read(folder)["study"]
    done = session("benchmarks", "--of", str(folder), "--device", "cpu")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path: path.read_bytes() for path in before} == before
    rows = read_table(folder, "throughput")
    assert {(row.suite, row.case, row.candidate, row.baseline) for row in rows.itertuples()} == {
        (suite, case_name("cpu", threads, {"max_length": level}), candidate, baseline)
        for suite in ("study_training", "study_greedy")
        for threads in {*rows["threads"]}
        for level in BATCHES
        for candidate, baseline in {"none": "none", "dot": "none", packed_candidate("dot"): "dot"}.items()
    }
    for row in rows.itertuples():
        level = int(str(row.case).rpartition(" = ")[2])
        assert (row.batch, row.hidden_size) == (BATCHES[level], 8)
        assert 2 <= row.source_length <= level
        assert row.target_length == row.source_length + 1
        assert row.limit
    tokens = rows.assign(tokens=rows["tokens_per_second"] * rows["median_seconds"]).groupby("case")["tokens"]
    assert (tokens.max() - tokens.min()).max() < 1e-6
    assert len(read_table(folder, "rounds")) == rows["rounds"].sum()
    parts = provenance.read(folder)
    assert parts["study"] == study
    words = "python -m pytest benchmarks --retrograde-profile smoke --retrograde-device cpu --retrograde-of tiny"
    assert " ".join(parts["benchmarks"]["command"]) == words
    assert parts["benchmarks"]["settings"]["study"] == read_study(folder).facts
    assert "How much time does a training step of each arm take?" in (folder / "speed.md").read_text()


@pytest.mark.slow
def test_the_times_of_a_gpu_stay_when_the_cpu_is_timed_again(folder: Path, tmp_path: Path) -> None:
    """As if a GPU of another machine had been timed into the folder."""
    words = ["benchmarks", "--device", "cpu", "-k", "study_greedy and threads-1", "--of"]
    timed = tmp_path / "tiny"
    shutil.copytree(folder, timed, ignore=shutil.ignore_patterns("provenance.json", "throughput*", "rounds*", "ceil*"))
    provenance.copy(folder, timed, ["study"])
    assert session(*words, str(timed)).returncode == 0
    parts = provenance.read(timed)
    tables = {name: read_table(timed, name) for name in ("throughput", "rounds", "ceilings")}
    on_gpu = {
        name: table.assign(**{column: table[column].replace({"cpu": "cuda"}, regex=True) for column in columns})
        for name, columns in {"throughput": ["case", "device"], "rounds": ["case"], "ceilings": ["device"]}.items()
        for table in [tables[name]]
    }
    for name, table in on_gpu.items():
        both = pd.concat([tables[name], table]).astype(object)
        write_table(timed, name, both.where(both.notna(), None).to_dict("records"))
    text = json.dumps({"parts": {**parts, "benchmarks_cuda": parts["benchmarks"]}})
    (timed / "provenance.json").write_text(text)
    done = session(*words, str(timed))
    assert done.returncode == 0, done.stdout + done.stderr
    for name, expected in on_gpu.items():
        found = read_table(timed, name)
        assert len(found) == 2 * len(expected) or name == "rounds"
        kept = found[found["case" if name == "rounds" else "device"].str.startswith("cuda")]
        pd.testing.assert_frame_equal(kept.reset_index(drop=True), expected, check_dtype=False)
    assert read_table(timed, "throughput")["device"].iloc[0] == "cpu"
    after = provenance.read(timed)
    assert after["benchmarks_cuda"] == parts["benchmarks"]
    assert after["benchmarks"] != parts["benchmarks"]
    (earlier,) = earlier_sessions(timed)
    assert len(read_folder(earlier).tables["throughput"]) == 2 * len(tables["throughput"])


@pytest.mark.parametrize("given", [None, "folder"])
def test_the_suite_of_studies_is_collected_with_a_study_and_no_other_is(given: str | None) -> None:
    config: Any = SimpleNamespace(option=SimpleNamespace(retrograde_of=given))
    suites = [*(ROOT / "benchmarks").rglob("bench_*.py"), *(ROOT / "benchmarks").rglob("test_*.py")]
    collected = {path.name for path in suites if pytest_ignore_collect(path, cast(pytest.Config, config)) is None}
    assert collected == ({"bench_study.py"} if given else {path.name for path in suites} - {"bench_study.py"})


def test_the_batch_has_the_training_size_and_its_longest_source_is_neither_long_nor_short() -> None:
    device = torch.device("cpu")
    [at] = read_study(ROOT / "results/reference/attention").cases
    for one in at.candidates.values():
        wide = dataclasses.replace(one, task=one.task.replace({"min_length": 40, "max_length": 400}))
        batch = median_batch(wide, device)
        assert len(batch.source) == one.training.batch_size
        assert 365 < batch.source.size(1) < 399  # the longest of 30: 388 on average, from 340 to 400 in single draws
        assert torch.equal(batch.source, median_batch(at_first(wide), device).source)


def at_first(one: Any) -> Any:
    """The same task with another network."""
    return dataclasses.replace(one, model=one.model.replace({"cell": "lstm"}))


@pytest.mark.parametrize(
    ("device", "threads", "repeated"), [("cuda", 1, False), ("cuda", 2, True), ("cpu", 1, False), ("cpu", 2, False)]
)
def test_a_gpu_is_timed_with_one_number_of_threads(device: str, threads: int, repeated: bool) -> None:
    assert repeats(SimpleNamespace(params={"device": torch.device(device), "threads": threads})) == repeated
    assert not repeats(SimpleNamespace(params={"threads": threads}))
    assert not repeats(None)
