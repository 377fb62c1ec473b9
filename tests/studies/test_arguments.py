"""How the values of options are read and completed: seeds, settings, arms, studies and files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from hypothesis import given
from hypothesis import strategies as st
from outside import line_of, studies, write_study

from studies import LARGEST_SEED, MAX_SEEDS
from studies.command_line.cli import main
from studies.command_line.cli import studies as command_line
from studies.commands.values import added_arm, seeds_in, seeds_text


@given(st.integers(1, MAX_SEEDS))
def test_a_number_is_a_number_of_seeds(number: int) -> None:
    assert seeds_in(str(number)) == number


@given(st.sets(st.integers(0, 40) | st.integers(LARGEST_SEED - 40, LARGEST_SEED), min_size=1))
def test_spans_are_the_seeds_themselves_in_order(seeds: set[int]) -> None:
    text = seeds_text(sorted(seeds))
    if not text.isdigit():  # one seed is written as 7-7
        assert seeds_in(text) == tuple(sorted(seeds))
        assert seeds_in(",".join(reversed(text.split(",")))) == tuple(sorted(seeds))
    assert seeds_in(f"{max(seeds)}-{max(seeds)}") == (max(seeds),)


@pytest.mark.parametrize(
    "text",
    ["0", "10001", "-3", "3-", "9-5", "5,5", "1-3,2", "0-10000", "5-1000000", "1,,2", "1.5", "five", "", "٣", "1 - 3"],
)
def test_other_seeds_are_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="expected a number from 1 to 10,000, or different seeds"):
        seeds_in(text)


def test_an_arm_is_a_name_and_settings() -> None:
    assert added_arm("deep: score=dot layers=2") == ("deep", {"score": "dot", "layers": 2})
    assert added_arm(" no attention :score=none") == ("no attention", {"score": None})


@pytest.mark.parametrize(
    "text", ["", "deep", "deep:", ":layers=2", "deep layers=2", "deep: layers", "d: layers=1 layers=2"]
)
def test_other_arms_are_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="expected"):
        added_arm(text)


@pytest.mark.parametrize("words", [["run"], ["run", "attention"], ["show", "nothing"]])
def test_set_help_lists_every_setting_and_does_nothing_else(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--set", "help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    listed = {line.split("=")[0].strip(): line for line in lines if line.startswith("  ") and line[2] != " "}
    assert listed["cell"].split(maxsplit=1) == ["cell=gru", "gru, lstm, rnn"]
    assert listed["clip_norm"].endswith("a number above 0 and finite, or none")
    assert listed["data"].split() == ["data=", "only", "with", "task=pairs"]
    assert "content" not in listed


def test_set_help_lists_the_parts_of_the_file(tmp_path: Path) -> None:
    write_study(tmp_path)
    for words in (("my_study.py", "--set", "help"), ("--set=help", "my_study.py")):
        done = studies(tmp_path, "run", *words)
        assert done.returncode == 0, done.stderr
        assert "relu" in next(line for line in done.stdout.splitlines() if line.startswith("  cell="))
    (tmp_path / "bad.py").write_text("1 / 0\n")
    assert "bad.py, line 1: ZeroDivisionError" in line_of(studies(tmp_path, "run", "bad.py", "--set", "help"))


@pytest.mark.parametrize(
    ("words", "incomplete", "offered"),
    [
        (["run"], "at", ["attention", "at_home.py"]),
        (["status"], "my", ["my_study.py"]),
        (["run"], "folder/", "file"),
        (["run"], "nothing", "file"),
        (["check-parts"], "my", "file"),
        (["predict", "--parts"], "my", "file"),
        (["describe", "--study"], "my", "file"),
    ],
)
def test_the_shell_completes_files_beside_the_names_of_studies(
    words: list[str], incomplete: str, offered: str | Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("my_study.py", "at_home.py", "notes.txt"):
        (tmp_path / name).touch()
    found = ShellComplete(command_line, {}, "retrograde", "_RETROGRADE_COMPLETE").get_completions(words, incomplete)
    assert [(one.type, one.value) for one in found] == (
        [("file", incomplete)] if offered == "file" else [("plain", name) for name in sorted(offered)]
    )
