"""A folder holds one thing: its default name says what, and a request whose tables would leave out rows is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from commands import ON_PAIRS, TINY, refused, words
from hypothesis import given
from hypothesis import strategies as st

from results.tables.csv_io import read_table
from studies.command_line.cli import main
from studies.commands.output_folder import LOCAL, default_folder, remedy
from studies.commands.request import Request
from studies.commands.values import seeds_text
from studies.engine.storage import default_url, open_storage


def name_of(profile: str = "quick", **request: Any) -> str:
    folder = default_folder(Request(name="attention", profile=profile, **request))
    assert folder.parent == LOCAL
    return folder.name


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("attention", {}),
        ("attention", {"seeds": 3}),
        ("attention", {"seeds": (0, 1, 2)}),
        ("attention", {"settings": {"cell": "gru", "learning_rate": 0.001}}),  # the study's own
        ("attention-smoke", {"profile": "smoke"}),
        ("attention-cell=lstm", {"settings": {"cell": "lstm"}}),
        ("attention-cell=lstm-clip_norm=none", {"settings": {"clip_norm": None, "cell": "lstm"}}),
        ("attention-cell=lstm-clip_norm=none", {"settings": {"cell": "lstm", "clip_norm": None}}),
        ("attention-data=dates", {"settings": {"task": "pairs", "data": "dates"}}),
        ("attention-none+dot", {"arms": ["dot", "none"]}),
        ("attention-add=deep", {"added": {"deep": {"layers": 2}}}),
        ("attention-smoke-dot-seeds=5-9,11", {"profile": "smoke", "arms": ["dot"], "seeds": (5, 6, 7, 8, 9, 11)}),
    ],
)
def test_the_default_folder_is_named_after_what_differs_from_the_study(name: str, request_: dict[str, Any]) -> None:
    assert name_of(**request_) == name


def test_a_setting_that_replaces_what_the_levels_bring_is_in_the_name() -> None:
    """400 epochs are those of the base, and not those of 40 to 160 letters."""

    def name(**request: Any) -> str:
        return default_folder(Request(name="lengths", profile="full", settings={"epochs": 400}, **request)).name

    assert name() == "lengths-full-epochs=400"
    assert name(levels={"max_length": [10, 20]}) == "lengths-full-max_length=10+20"


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1), unique=True))
def test_any_name_of_an_arm_gives_a_folder_that_every_file_system_accepts(names: list[str]) -> None:
    added = {f"x{one}": {"hidden_size": 100 + number} for number, one in enumerate(names)}
    name = default_folder(Request(name="attention", profile="smoke", added=added))
    assert re.fullmatch(r"attention-smoke[A-Za-z0-9_.=+,-]{0,65}", name.name)


def test_long_and_odd_names_differ() -> None:
    arms = [{f"{'a' * 100}{end}": {"layers": 2}} for end in "bc"] + [{end: {"layers": 2}} for end in ("é", "è")]
    names = [name_of(added=added) for added in arms]
    assert len(set(names)) == 4
    assert all(len(name) <= 80 for name in names)


def test_a_refusal_of_the_default_folder_offers_one_that_does_not_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    request = Request(name="attention", profile="smoke")
    folder = default_folder(request)
    for number in (2, 3):
        assert remedy(request, folder) == f"choose another folder, such as --out {folder}-{number}"
        folder.with_name(f"{folder.name}-{number}").mkdir(parents=True)
    assert remedy(request, tmp_path).endswith(f"--out {folder}")


@given(st.sets(st.integers(0, 30), min_size=1))
def test_seeds_are_written_as_ranges(seeds: set[int]) -> None:
    spans = [part.split("-") for part in seeds_text(sorted(seeds)).split(",")]
    assert [seed for span in spans for seed in range(int(span[0]), int(span[-1]) + 1)] == sorted(seeds)
    assert len(spans) == sum(seed - 1 not in seeds for seed in seeds)


def contents(folder: Path) -> dict[str, bytes]:
    """Without the database, which records that it was read."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".csv", ".json", ".html")}


@pytest.mark.slow
def test_a_folder_grows_and_refuses_a_request_that_would_leave_out_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    begin = ["run", "attention", "--workers", "1", *words(TINY)]
    assert main(begin) == 0
    (folder,) = LOCAL.iterdir()
    first, out = read_table(folder, "runs"), ["--out", str(folder)]
    before = contents(folder)
    capsys.readouterr()
    for given_, what in (
        (["--set", "cell=lstm"], "cell gru there, lstm here"),
        (["--set", "letters=3", "--set", "clip_norm=none"], "letters 4 there, 3 here; clip_norm 1.0 there, none here"),
        (["--set", "task=copy"], "holds other runs of attention: task reverse there, copy here; "),
    ):
        assert what in refused([*begin, *given_, *out], capsys)
    on_pairs = ["run", "attention", "--workers", "1", *words(ON_PAIRS), "--data", "dates", *out]
    assert "holds other runs of attention: pairs of your own here only; " in refused(on_pairs, capsys)
    lstm = refused([*begin, "--set", "cell=lstm", *out], capsys)
    assert lstm.startswith(f"retrograde: {folder} holds other runs of attention: ")
    offered = default_folder(Request(name="attention", profile="smoke", seeds=1, settings={**TINY, "cell": "lstm"}))
    assert lstm.endswith(f"; choose another folder, such as --out {offered}\n")
    other = ["run", "attention", "--workers", "1", *words(TINY, profile="quick"), *out]
    assert "profile smoke there, quick here" in refused(other, capsys)
    other = ["run", "scores", *words(TINY), *out]
    assert f"{folder} holds the study 'attention', not 'scores'; choose another folder, such as --out" in refused(
        other, capsys
    )
    assert contents(folder) == before
    assert not offered.exists()
    with open_storage(default_url(folder)) as storage:
        assert len(storage.get_all_trials(storage.get_all_studies()[0]._study_id)) == 4

    more = ["run", "attention", "--workers", "1", *words(TINY, seeds=2)]
    assert main(more) == 0
    grown = read_table(folder, "runs")
    assert grown.iloc[:4].equals(first), "the rows that were there are the same, also in their seconds"
    capsys.readouterr()
    fewer = refused(begin, capsys)
    assert "without seed 1 here; choose another folder, such as --out " in fewer
    assert "-seeds=1" in fewer
    assert read_table(folder, "runs").equals(grown)


@pytest.mark.slow
def test_finished_runs_without_rows_in_the_folder_count_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As after a kill, before the tables are written."""
    begin = ["run", "attention", "--workers", "1", *words(TINY), "--out", str(tmp_path)]
    assert main(begin) == 0
    for path in tmp_path.iterdir():
        if path.suffix in (".csv", ".json"):
            path.unlink()
    capsys.readouterr()
    assert "cell gru there, lstm here" in refused([*begin, "--set", "cell=lstm"], capsys)


@pytest.mark.slow
def test_the_storage_file_of_another_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its own command was refused afterwards, because of a study or of runs that it had not planned."""
    first, second = tmp_path / "a first", tmp_path / "second"
    url = default_url(first)
    begin = ["run", "attention", "--workers", "1", *words(TINY), "--out", str(first)]
    assert main(begin) == 0
    capsys.readouterr()
    output = refused(["run", "scores", *words(TINY), "--storage", url, "--out", str(second)], capsys)
    assert output == (
        f"retrograde: --storage {url}: it is the storage of the folder {first}; expected --out '{first}', or another "
        "file\n"
    )
    assert "holds the study 'attention', not 'scores'" in refused(
        ["run", "scores", *words(TINY), "--storage", url, "--out", str(first)], capsys
    )
    assert main([*begin, "--storage", url]) == 0


@pytest.mark.slow
def test_a_refusal_names_a_setting_that_replaces_what_the_levels_bring(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It said that the runs were made by other code, as 5 letters are those of the base."""
    command = [
        "run",
        "lengths",
        "--profile",
        "smoke",
        "--arm",
        "none",
        "--workers",
        "1",
        "--out",
        str(tmp_path / "out"),
    ]
    assert main(command) == 0
    capsys.readouterr()
    line = refused([*command, "--set", "min_length=5"], capsys)
    assert "holds other runs of lengths: at max_length=20 min_length 10 there, 5 here; choose another" in line


@pytest.mark.slow
def test_a_refusal_names_a_task_and_pairs_that_are_in_the_folder_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The default task is not recorded, so the runs were said to be made by other code."""
    command = ["run", "attention", "--workers", "1"]
    for given_, what in (
        ([*words(TINY), "--set", "task=copy"], "task copy there, reverse here; "),
        ([*words(ON_PAIRS), "--data", "dates"], "pairs of your own there only; "),
    ):
        out = ["--out", str(tmp_path / given_[-1])]
        assert main([*command, *given_, *out]) == 0
        capsys.readouterr()
        assert f"holds other runs of attention: {what}" in refused([*command, *words(TINY), *out], capsys)
