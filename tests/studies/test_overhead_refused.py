"""An invalid measurement is refused in one line with the exit status 2, and earlier files are kept."""

from pathlib import Path

import pytest
from commands import TINY, TOO_LARGE, run_words

from results.tables.csv_io import write_table
from results.terminal.folder_lock import LOCK, lock_folder
from studies.command_line.cli import main


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The last line on stderr of a command with the exit status 2 and an empty stdout."""
    status = main(["overhead", *words])
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert "Traceback" not in err
    return err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "missing argument 'NAME'"),
        ("atention", "unknown study 'atention'; did you mean 'attention'?"),
        ("attention --rounds 0", "'0' is refused; expected an integer from 1 to 10,000"),
        ("attention --profile fast", "--profile: 'fast' is not one of"),
        ("attention --set hiden_size=3", "unknown setting 'hiden_size'; did you mean 'hidden_size'?"),
        ("attention --seeds 3", "no such option '--seeds'"),
        (
            "attention --profile smoke --rounds 1 --storage sqlite:///some",
            "expected postgresql://USER@HOST/DATABASE, or no --storage",
        ),
        ("attention --storage mysql://host/base", "mysql is not supported"),
    ],
)
def test_an_invalid_measurement_is_refused_before_a_file_is_written(
    words: str, message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    err = refused(words.split(), capsys)
    assert message in err
    assert err.startswith("retrograde: ")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_in_use_or_damaged_is_refused_and_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["attention", "--out", str(tmp_path), *run_words(TINY), "--rounds", "1"]
    (tmp_path / "overhead.csv").write_text("study,arm")
    assert "overhead.csv, line 1: torn" in refused(words, capsys)
    with lock_folder(tmp_path):
        assert "another command is using it" in refused(words, capsys)
    assert {path.name for path in tmp_path.iterdir()} == {"overhead.csv", LOCK}
    assert (tmp_path / "overhead.csv").read_text() == "study,arm"


def test_a_failed_measurement_is_reported_and_keeps_the_earlier_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_table(tmp_path, "overhead", [])
    older = (tmp_path / "overhead.csv").read_bytes()
    for settings, reason in (
        (
            {**TINY, "learning_rate": 3e37},
            "seed 0: the run diverged: the loss was no longer finite in epoch 1; expected",
        ),
        (TOO_LARGE, "seed 0: the run failed: RuntimeError: "),
    ):
        err = refused(["attention", "--out", str(tmp_path), *run_words(settings), "--rounds", "1"], capsys)
        assert err.splitlines()[-1].startswith(f"retrograde: {reason}")
        assert {path.name for path in tmp_path.iterdir()} == {"overhead.csv", LOCK}
        assert (tmp_path / "overhead.csv").read_bytes() == older
