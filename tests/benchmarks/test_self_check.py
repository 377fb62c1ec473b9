"""The command `python -m benchmarks check`, at a small size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.timing import self_check
from results.analysis.timing.self_check import failed_claims
from results.tables import csv_io, provenance
from results.terminal.folder_lock import LOCK, lock_folder


@pytest.mark.serial
def test_known_ratios_are_timed_written_and_summarised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["check", "--cases", "3", "--out", str(tmp_path)])
    rows = csv_io.read_table(tmp_path, "checks")
    assert status == bool(failed_claims(rows))
    assert rows.groupby("planted").case.apply(list).to_dict() == {1.0: [1, 2, 3], 1.05: [1, 2, 3]}
    assert rows.groupby("planted").ratio.median().to_dict() == pytest.approx({1.0: 1.0, 1.05: 1.05}, abs=0.02)
    printed = capsys.readouterr().out
    assert "Do the benchmarks' intervals meet their claims on this machine?" in printed
    assert printed.count(" of 3, ") >= 3  # misses of each ratio, and slowdowns that are detected
    part = provenance.read(tmp_path)["checks"]
    assert part["command"] == ["python", "-m", "benchmarks", "check", "--cases", "3"]
    noise = part["noise"]
    assert noise["seconds"] > 0
    assert noise["control_spread"] > 0
    assert (noise["other_cores"] is not None) == (sys.platform != "win32")


@pytest.mark.serial
def test_an_instrument_that_misses_what_it_claims_ends_with_1_and_says_which_claim_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The candidate that should be equal repeats its work 30 times, the baseline 20 times."""
    monkeypatch.setitem(self_check.CANDIDATE_REPETITIONS, 1.0, 30)
    assert main(["check", "--cases", "2", "--out", str(tmp_path)]) == 1
    printed = capsys.readouterr()
    (line,) = [line for line in printed.err.splitlines() if line.startswith("retrograde: ")]
    assert line.startswith("retrograde: the check fails: intervals that miss the true ratio 1: 2 of 2, 100.0% (")
    assert line.split("; ")[1] == "claimed: at most 5%"
    assert "\nNo. At most 5% of the 95% intervals should miss the true ratio." in printed.out
    assert len(csv_io.read_table(tmp_path, "checks")) == 4  # the rows are kept


def test_a_folder_that_another_command_uses_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with lock_folder(tmp_path):
        assert main(["check", "--cases", "1", "--out", str(tmp_path)]) == 2
    assert "another command is using it; wait until" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [LOCK]


@pytest.mark.parametrize("words", [["chek"], ["check", "--cases", "0"], ["check", "--cases", "many"]])
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
    printed = capsys.readouterr().out
    assert "Usage: python -m benchmarks" in printed
    assert "a slowdown of 5%" in " ".join(printed.split())


def test_help_gives_an_example_and_imports_no_large_package() -> None:
    code = (
        "import sys; from benchmarks.__main__ import main\n"
        "try: main(['check', '--help'])\n"
        "finally: assert not {'pandas', 'scipy', 'torch', 'tqdm'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "example: retrograde check" in done.stdout
