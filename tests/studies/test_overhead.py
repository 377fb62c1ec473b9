"""The overhead of the engine is measured in a temporary storage, and only its rows are kept."""

import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from commands import TINY, refused, run_words

from results.analysis.formatting import SMOKE_CAUTION
from results.tables import provenance
from results.tables.csv_io import read_table, write_table
from results.terminal.folder_lock import LOCK
from studies import catalog
from studies.command_line.cli import main
from studies.design.study import Study
from studies.engine.queue import Queue, Worker
from studies.engine.scheduler import enqueue
from studies.engine.storage import open_storage, parse_url
from studies.measurements.overhead import BARE_FIRST, ENGINE_FIRST, baseline_alone
from studies.planning.plan import plan
from studies.planning.run_rows import failed_rows

REPORT = {"overhead.csv", "provenance.json", "report.md", "report.html", "figures", LOCK}
ROW: dict[str, Any] = {
    "study": "attention", "arm": "none", "profile": "quick", "storage": "postgresql", "seed": 1, "round": 1,
    "order": "bare_first", "epochs": 14, "bare_seconds": 8.5, "engine_seconds": 8.625,
}  # fmt: skip


def overhead(folder: Path, *words: str) -> int:
    return main(["overhead", "attention", "--out", str(folder), *words])


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def stored(url: str) -> dict[str, list[str]]:
    """Every row of every table of a database."""
    engine = sqlalchemy.create_engine(parse_url(url))
    tables = sqlalchemy.MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        rows = {name: sorted(map(repr, connection.execute(table.select()))) for name, table in tables.tables.items()}
    engine.dispose()
    return rows


def write_older(folder: Path, *rows: dict[str, Any]) -> None:
    write_table(folder, "overhead", rows)
    for storage in {row["storage"] for row in rows}:
        part = {"command": ["older"], "profile": rows[0]["profile"], "threads": 1, "gpu": None, "settings": {}}
        provenance.record(folder, f"overhead_{storage}", started=datetime.now(UTC), **part)


@pytest.mark.slow
def test_rounds_on_sqlite_replace_older_ones_and_keep_those_of_postgresql(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = {**ROW, "profile": "smoke"}
    write_older(tmp_path, older, {**older, "storage": "sqlite"}, {**older, "storage": "sqlite", "round": 2})
    assert overhead(tmp_path, *run_words(TINY), "--rounds", "3") == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"\n{SMOKE_CAUTION}\n")
    assert out.endswith(f"\nNo verdict.\n\nreport: {tmp_path / 'report.html'}\n")
    noise = provenance.read(tmp_path)["overhead_sqlite"]["noise"]
    assert noise["seconds"] > 0
    assert (noise["other_cores"] is not None) == (sys.platform != "win32")
    assert "4/4" in err  # the bar; one of the rounds is there to warm up
    assert names(tmp_path) == REPORT

    rows = read_table(tmp_path, "overhead").to_dict("records")
    assert rows[0] == older
    assert [(row["round"], row["seed"]) for row in rows[1:]] == [(1, 1), (2, 2), (3, 3)]
    same = {"study": "attention", "arm": "none", "profile": "smoke", "storage": "sqlite", "epochs": 3}
    assert all(row.items() >= same.items() for row in rows[1:])
    assert {row["order"] for row in rows[1:]} == {ENGINE_FIRST, BARE_FIRST}
    assert all(0 < row["bare_seconds"] < 60 and 0 < row["engine_seconds"] < 60 for row in rows[1:])

    parts = provenance.read(tmp_path)
    assert parts["overhead_postgresql"]["command"] == ["older"]
    part = parts["overhead_sqlite"]
    assert part["command"] == ["python", "-m", "studies", "overhead", "attention", *run_words(TINY), "--rounds", "3"]
    assert (part["profile"], part["threads"], part["settings"]["rounds"]) == ("smoke", 1, 3)
    assert part["settings"]["training"]["epochs"] == 3
    assert part["settings"]["model"]["score"] is None

    before = (tmp_path / "overhead.csv").read_bytes()
    for given, differing in (
        (run_words({**TINY, "hidden_size": 9}), "another model; "),
        (run_words(TINY, "quick"), "another profile"),
    ):
        assert differing in refused(["overhead", "attention", "--out", str(tmp_path), *given, "--rounds", "3"], capsys)
    assert (tmp_path / "overhead.csv").read_bytes() == before


@pytest.fixture
def somebodys_study(postgres: str, study: Study) -> str:
    """A database with a study in it: a settled run, one in hand, and others that wait."""
    with open_storage(postgres) as storage:
        queue = Queue(storage, "attention", print)
        planned = plan(study, "quick")
        positions = enqueue(queue, planned).positions
        for settle in (True, False):
            claim = queue.claim(positions, Worker("somebody", "elsewhere", 1, "2026-01-01T00:00:00+00:00"))
            assert claim is not None
            storage.record_heartbeat(claim.trial_id)
            queue.report(claim, {1: 0.5})
            if settle:
                queue.finish(claim, failed_rows("out of luck"))
    return postgres


@pytest.mark.slow
def test_a_postgresql_database_with_a_study_is_not_changed(
    tmp_path: Path, somebodys_study: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stored(somebodys_study)
    assert len(before["trial_heartbeats"]) == 2
    assert overhead(tmp_path, *run_words(TINY), "--rounds", "1", "--storage", somebodys_study) == 0
    assert stored(somebodys_study) == before
    assert names(tmp_path) == REPORT
    assert list(read_table(tmp_path, "overhead")["storage"]) == ["postgresql"]
    texts = [capsys.readouterr().out, *(path.read_text() for path in tmp_path.iterdir() if path.is_file())]
    assert "overhead_postgresql" in provenance.read(tmp_path)
    assert "sesame" not in "".join(texts)


@pytest.mark.slow
def test_ctrl_c_keeps_the_earlier_files(tmp_path: Path, somebodys_study: str) -> None:
    write_older(tmp_path, {**ROW, "profile": "smoke"})
    older = {path: path.read_bytes() for path in tmp_path.iterdir()}
    before = stored(somebodys_study)
    words = [*run_words({**TINY, "epochs": 10_000}), "--out", str(tmp_path), "--storage", somebodys_study]
    process = subprocess.Popen(
        [sys.executable, "-m", "studies", "overhead", "attention", *words], stderr=subprocess.PIPE, text=True
    )
    values = "trial_intermediate_values"
    while len(stored(somebodys_study)[values]) < len(before[values]) + 2:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    # A library that is interrupted may raise another error, which only the process as a whole can tell from a fault.
    assert err.splitlines()[-1] in (
        "retrograde: interrupted; no row is written",
        "retrograde: interrupted; run the same command again",
    )
    assert "Traceback" not in err
    assert stored(somebodys_study) == before
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.name != LOCK} == older


def test_the_baseline_is_measured_without_a_tuning_at_the_first_levels(study: Study) -> None:
    planned = baseline_alone(plan(replace(study, baseline="dot"), "full"), seeds=3)
    assert [(run.variant.arm, run.variant.levels, run.seed) for run in planned.planned_runs({})] == [
        ("dot", {"max_length": 3, "cell": "gru"}, seed) for seed in range(3)
    ]
    tuned = plan(catalog.load("scores"), "smoke")
    assert tuned.tuning is not None
    runs = baseline_alone(tuned, seeds=2).planned_runs({})
    assert [(run.variant.arm, run.seed, run.trial) for run in runs] == [
        (tuned.study.baseline, seed, None) for seed in (0, 1)
    ]


def test_help_gives_an_example_and_imports_no_large_package() -> None:
    code = (
        "import sys\n"
        "from studies.command_line.cli import main\n"
        "try: main(['overhead', '--help'])\n"
        "finally: print({'torch', 'optuna', 'pandas', 'sqlalchemy', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0
    assert "example: retrograde overhead attention" in done.stdout
    assert done.stdout.endswith("set()\n")
