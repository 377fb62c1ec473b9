"""A large table is a compressed file; every command reads both formats and leaves one of them."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pandas as pd
import pytest

from results.__main__ import main
from results.errors import InputError
from results.report.index import write_index
from results.tables.csv_io import read_table, read_tables, write_table
from results.tables.table_file import LARGE


def round_row(number: int) -> dict[str, object]:
    return {
        "suite": "greedy", "case": "cpu source 10", "candidate": "general", "round": number, "order": "baseline_first",
        "candidate_seconds": 1.0 / number, "baseline_seconds": 2.0,
    }  # fmt: skip


@pytest.fixture
def both(small_folder: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The same folder twice; in the second every table is compressed."""
    plain, compressed = tmp_path / "plain", tmp_path / "compressed"
    for folder in (plain, compressed):
        shutil.copytree(small_folder, folder)
    for path in compressed.glob("*.csv"):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    return plain, compressed


def test_a_table_is_compressed_from_a_size_on_and_only_one_file_remains(tmp_path: Path) -> None:
    few, many = ([round_row(number) for number in range(1, amount + 1)] for amount in (2, 3000))
    for rows, name in ((few, "rounds.csv"), (many, "rounds.csv.gz"), (few, "rounds.csv")):
        write_table(tmp_path, "rounds", rows)
        assert [path.name for path in tmp_path.iterdir()] == [name]
        assert (len(rows) == len(many)) == (name != "rounds.csv")
        pd.testing.assert_frame_equal(pd.read_csv(tmp_path / name), read_table(tmp_path, "rounds"))
        assert len(read_table(tmp_path, "rounds")) == len(rows)
    assert sum(len(str(row)) for row in few) < LARGE < sum(len(",".join(map(str, row.values()))) for row in many)


def test_the_same_rows_give_the_same_compressed_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = []
    for now in (1e9, 2e9):
        monkeypatch.setattr("time.time", lambda now=now: now)
        write_table(tmp_path, "rounds", [round_row(number) for number in range(1, 3001)])
        content.append((tmp_path / "rounds.csv.gz").read_bytes())
    assert content[0] == content[1]


def test_report_index_and_comparison_are_the_same_with_compressed_tables(
    both: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    plain, compressed = both
    for folder in both:
        assert main(["report", str(folder)]) == 0
    for name in ("report.md", "report.html"):
        assert (compressed / name).read_bytes() == (plain / name).read_bytes()
    capsys.readouterr()
    assert main(["compare", str(plain), str(compressed)]) == 0
    assert capsys.readouterr().out.startswith("No change.\n")
    index = write_index(plain.parent).read_text()
    assert "plain/report.md" in index
    assert "compressed/report.md" in index


def test_two_files_of_one_table_are_refused(both: tuple[Path, Path]) -> None:
    plain, compressed = both
    shutil.copy(plain / "runs.csv", compressed)
    with pytest.raises(InputError, match=r"runs\.csv and runs\.csv\.gz hold the same table; expected one of them"):
        read_tables(compressed)


@pytest.mark.parametrize("kept", [0, 5, 100, -9, -1])
def test_a_truncated_compressed_table_is_refused_by_name(both: tuple[Path, Path], kept: int) -> None:
    path = both[1] / "runs.csv.gz"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"runs\.csv\.gz"):
        read_tables(both[1])


def test_a_file_that_is_not_a_compressed_table_is_refused_by_name(both: tuple[Path, Path]) -> None:
    path = both[1] / "runs.csv.gz"
    for content in (b"run_id,arm\n", path.read_bytes()[:40] + b"\0" * 40 + path.read_bytes()[80:]):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"runs\.csv\.gz is no complete gzip file: .+; write the table again"):
            read_tables(both[1])
