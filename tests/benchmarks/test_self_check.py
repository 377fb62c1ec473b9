"""The command `python -m benchmarks check`, at a small size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from results.tables import csv_io, provenance


@pytest.mark.serial
def test_known_ratios_are_timed_written_and_summarised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--cases", "3", "--out", str(tmp_path)]) == 0
    rows = csv_io.read_table(tmp_path, "checks")
    assert rows.groupby("planted").case.apply(list).to_dict() == {1.0: [1, 2, 3], 1.05: [1, 2, 3]}
    assert rows.groupby("planted").ratio.median().to_dict() == pytest.approx({1.0: 1.0, 1.05: 1.05}, abs=0.02)
    printed = capsys.readouterr().out
    assert printed.count("in 3 cases") == 2  # a sentence for each ratio
    assert provenance.read(tmp_path)["checks"]["command"] == ["python", "-m", "benchmarks", "check", "--cases", "3"]


@pytest.mark.parametrize("words", [[], ["chek"], ["check", "--cases", "0"], ["check", "--cases", "many"]])
def test_a_wrong_command_prints_one_line_and_exits_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_refused_before_the_measurement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["check", "--out", str(tmp_path / "file" / "out")]) == 2
    printed = capsys.readouterr().err
    assert "cannot be written" in printed
    assert printed.count("\n") == 1


def test_damaged_provenance_is_refused_before_the_measurement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "provenance.json").write_text('{"parts": {"checks"')
    assert main(["check", "--cases", "1", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "checks.csv").exists()


def test_a_table_is_not_replaced_by_one_with_fewer_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = "planted,case\n" + "".join(f"{ratio},{case}\n" for case in (1, 2) for ratio in (1.0, 1.05))
    (tmp_path / "checks.csv").write_text(before)
    assert main(["check", "--cases", "1", "--out", str(tmp_path)]) == 2
    printed = capsys.readouterr().err
    assert "checks.csv holds 4 rows, but this command measures 2; choose another folder with --out" in printed
    assert printed.count("\n") == 1
    assert (tmp_path / "checks.csv").read_text() == before


@pytest.mark.parametrize("words", [["--help"], ["check", "--help"]])
def test_help_is_printed(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert "usage: python -m benchmarks" in capsys.readouterr().out


def test_help_gives_an_example_and_imports_no_large_package() -> None:
    code = (
        "import sys; from benchmarks.__main__ import main\n"
        "try: main(['check', '--help'])\n"
        "finally: assert not {'pandas', 'scipy', 'torch', 'tqdm'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "example: python -m benchmarks check" in done.stdout
