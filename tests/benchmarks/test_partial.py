"""A session that measures fewer candidates than a table in the folder has does not replace the table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sessions import known_ratio

from results.tables import csv_io

TABLE = "suite,case,candidate\n" + "".join(f"score,known ratio,{name}\n" for name in ("once", "twice", "killing"))
TWICE = "tests/benchmarks/known_ratio.py::test_known_ratio[cpu-twice]"


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table of all three candidates, and a session that was killed in its third."""
    folder = tmp_path_factory.mktemp("complete")
    (folder / "out").mkdir()
    (folder / "out" / "throughput.csv").write_text(TABLE)
    known_ratio(folder, "not failing")
    [unfinished] = (folder / "out" / "unfinished").iterdir()
    assert unfinished.read_text().count('"throughput"') == 2
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("options", [("--benchmark-skip",), ("--benchmark-disable",), ("-n", "1")])
def test_if_nothing_is_timed_the_tables_and_the_journal_stay(complete: Path, options: tuple[str, ...]) -> None:
    before = files(complete / "out")
    done = known_ratio(complete, "not failing", *options)
    assert done.returncode == 0, done.stdout
    assert files(complete / "out") == before


@pytest.mark.slow
@pytest.mark.parametrize("options", [("--deselect", TWICE), ("--last-failed",), ("-k", "twice")])
def test_fewer_candidates_than_the_table_has_are_refused_before_the_measurement(
    complete: Path, options: tuple[str, ...]
) -> None:
    failed = complete / "cache" / "v" / "cache" / "lastfailed"
    failed.parent.mkdir(parents=True, exist_ok=True)
    failed.write_text(json.dumps({TWICE: True}))
    before, calls = files(complete / "out"), (complete / "twice").read_bytes()
    done = known_ratio(complete, "not failing", *options)
    assert done.returncode == 2, done.stdout
    measures = 2 if "--deselect" in options else 1
    assert done.stderr == (
        f"{complete}/out/throughput.csv holds 3 candidates, but this command measures {measures}; choose another "
        "folder with --out\n"
    )
    assert files(complete / "out") == before
    assert (complete / "twice").read_bytes() == calls


@pytest.mark.slow
def test_a_table_is_not_replaced_if_a_candidate_fails(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "throughput.csv").write_text(TABLE.replace("killing", "failing"))
    done = known_ratio(tmp_path, "not killing")
    assert done.returncode == 1
    assert "2 rows of throughput.csv in" in done.stdout
    assert f"{out}/throughput.csv has more candidates and is not replaced" in done.stdout
    assert "failing" in (out / "throughput.csv").read_text()

    (tmp_path / "fixed").touch()
    done = known_ratio(tmp_path, "not killing")
    assert done.returncode == 0, done.stdout
    assert "1 passed, 2 skipped" in done.stdout
    assert {*csv_io.read_table(out, "throughput").candidate} == {"once", "failing", "twice"}
    assert not (out / "unfinished").exists()
