"""The command that checks the instrument, at a small size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from results.tables import csv_io, provenance


def test_planted_ratios_are_timed_written_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--cases", "3", "--out", str(tmp_path)]) == 0
    rows = csv_io.read_table(tmp_path, "checks")
    assert rows.groupby("planted").case.apply(list).to_dict() == {1.0: [1, 2, 3], 1.05: [1, 2, 3]}
    assert rows.groupby("planted").ratio.median().to_dict() == pytest.approx({1.0: 1.0, 1.05: 1.05}, abs=0.02)
    said = capsys.readouterr().out
    assert "Equals were timed beside each other in 3 cases" in said
    assert "A slowdown of 5% was planted in 3 cases" in said
    assert provenance.read(tmp_path)["checks"]["command"] == ["python", "-m", "benchmarks", "check", "--cases", "3"]


@pytest.mark.parametrize("words", [[], ["chek"], ["check", "--cases", "0"], ["check", "--cases", "many"]])
def test_a_wrong_command_is_one_line_and_exit_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_refused_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["check", "--out", str(tmp_path / "file" / "out")]) == 2
    said = capsys.readouterr().err
    assert "cannot be written" in said
    assert said.count("\n") == 1


def test_a_provenance_that_is_damaged_is_refused_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "provenance.json").write_text('{"parts": {"checks"')
    assert main(["check", "--cases", "1", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "checks.csv").exists()


def test_fewer_cases_never_replace_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = "planted,case\n" + "".join(f"{planted},{case}\n" for case in (1, 2) for planted in (1.0, 1.05))
    (tmp_path / "checks.csv").write_text(before)
    assert main(["check", "--cases", "1", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "checks.csv holds 4 rows, and this command measures 2; choose another folder with --out" in said
    assert said.count("\n") == 1
    assert (tmp_path / "checks.csv").read_text() == before


@pytest.mark.parametrize("words", [["--help"], ["check", "--help"]])
def test_help_is_printed(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(words)
    assert "usage: python -m benchmarks" in capsys.readouterr().out


def test_help_gives_an_example_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; from benchmarks.__main__ import main\n"
        "try: main(['check', '--help'])\n"
        "finally: assert not {'pandas', 'scipy', 'torch', 'tqdm'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "example: python -m benchmarks check" in done.stdout
