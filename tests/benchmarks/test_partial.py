"""A session that measures only a part of its candidates, or of those in the folder, replaces no table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sessions import planted

from results.tables import csv_io

TABLE = "suite,case,candidate\n" + "".join(f"score,planted,{name}\n" for name in ("once", "twice", "deadly"))
TWICE = "tests/benchmarks/planted.py::test_planted[cpu-twice]"


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table of all three candidates, and a session that was killed in its third."""
    folder = tmp_path_factory.mktemp("complete")
    (folder / "out").mkdir()
    (folder / "out" / "throughput.csv").write_text(TABLE)
    planted(folder, "not broken")
    [unfinished] = (folder / "out" / "unfinished").iterdir()
    assert unfinished.read_text().count('"throughput"') == 2
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("options", [("--benchmark-skip",), ("--benchmark-disable",), ("-n", "1")])
def test_where_nothing_is_timed_tables_and_unfinished_rows_stay(complete: Path, options: tuple[str, ...]) -> None:
    before = files(complete / "out")
    done = planted(complete, "not broken", *options)
    assert done.returncode == 0, done.stdout
    assert files(complete / "out") == before


@pytest.mark.slow
@pytest.mark.parametrize("options", [("--deselect", TWICE), ("--last-failed",), ("-k", "twice")])
def test_fewer_candidates_than_the_table_holds_are_refused_before_any_work(
    complete: Path, options: tuple[str, ...]
) -> None:
    failed = complete / "cache" / "v" / "cache" / "lastfailed"
    failed.parent.mkdir(parents=True, exist_ok=True)
    failed.write_text(json.dumps({TWICE: True}))
    before, calls = files(complete / "out"), (complete / "twice").read_bytes()
    done = planted(complete, "not broken", *options)
    assert done.returncode == 2, done.stdout
    measures = 2 if "--deselect" in options else 1
    assert done.stderr == (
        f"{complete}/out/throughput.csv holds 3 candidates, and this command measures {measures}; choose another "
        "folder with --out\n"
    )
    assert files(complete / "out") == before
    assert (complete / "twice").read_bytes() == calls


@pytest.mark.slow
def test_a_candidate_that_fails_costs_no_row_that_the_table_holds(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "throughput.csv").write_text(TABLE.replace("deadly", "broken"))
    done = planted(tmp_path, "not deadly")
    assert done.returncode == 1
    assert "2 rows of throughput.csv in" in done.stdout
    assert f"{out}/throughput.csv holds more candidates, and stays as it was" in done.stdout
    assert "broken" in (out / "throughput.csv").read_text()

    (tmp_path / "mended").touch()
    done = planted(tmp_path, "not deadly")
    assert done.returncode == 0, done.stdout
    assert "1 passed, 2 skipped" in done.stdout
    assert {*csv_io.read_table(out, "throughput").candidate} == {"once", "broken", "twice"}
    assert not (out / "unfinished").exists()
