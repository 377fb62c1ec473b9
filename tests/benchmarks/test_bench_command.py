"""`bench` and `peers`: a session in any folder, with the exit statuses and refusals of every command."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from sessions import ROOT
from warm_python import outside_xdist, run_module

from benchmarks.commands.cli import PROFILES
from benchmarks.session import profiles
from benchmarks.session.plugin import code_hash
from results.tables import provenance
from seq2seq_core.layers.scores import SCORES

NO_BYTECODE = shutil.ignore_patterns("__pycache__")


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run_module("benchmarks", *words, cwd=folder, environment=outside_xdist())


@pytest.mark.slow
def test_a_session_runs_in_a_folder_with_settings_of_its_own_for_pytest(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = ["--unknown"]\n')
    installed = shutil.copytree(ROOT / "benchmarks", tmp_path / "packages/benchmarks", ignore=NO_BYTECODE)
    options = ("--profile", "smoke", "--device", "cpu", "-k", "levenshtein", "--", "--verbose")
    done = subprocess.run(
        [sys.executable, "-m", "retrograde", "bench", *options],
        cwd=tmp_path,
        env=outside_xdist() | {"PYTHONPATH": f"{installed.parent}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "bench_metric[cpu-pairs-100-source-10-levenshtein] PASSED" in done.stdout
    out = tmp_path / "results/local/benchmarks-smoke-device=cpu-k=levenshtein"
    assert f"report: {out}/report.html" in done.stdout
    assert " ".join(provenance.read(out)["benchmarks"]["command"]) == (
        "retrograde bench --profile smoke --device cpu -k levenshtein"
    )
    assert {path.name for path in tmp_path.iterdir()} == {"pyproject.toml", "results", "packages"}
    assert not [*installed.rglob("*pytest-*.pyc")]
    assert not [*installed.rglob(".*")]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--profile smoke -k nothing", "no case is selected; expected other words after -k, or none; `bench -- --coll"),
        ("--rounds 50", "--rounds is refused; only --commits has a number of rounds"),
        ("--list --commits a b", "--commits is refused; --list takes no other option"),
        ("--list -k lstm", "--keyword is refused; --list takes no other option"),
        ("--list -- -x", "-x is refused; --list takes no other option"),
        ("-- --unknown", "unrecognized arguments: --unknown"),
        ("lstm", "unexpected word 'lstm'; expected options of pytest after --, or -k to select cases"),
        ("--out /dev/null/x", "/dev/null/x cannot be written"),
        ("--of nowhere", "nowhere: no such folder; expected the output folder of a study"),
        (f"--of {ROOT}/results/reference/scores --data dates", "the study scores has no pairs from files"),
        ("--commits a b -- -x", "'-x' is refused; --commits takes no options of pytest"),
        ("--of nowhere --commits a b", "--of is refused with --commits, which times the cases of a profile"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_line(tmp_path: Path, words: str, message: str) -> None:
    done = command(tmp_path, "bench", *words.split())
    assert done.returncode == 2, done.stdout
    assert done.stderr.startswith("retrograde: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_peers_are_not_timed_on_a_gpu(tmp_path: Path) -> None:
    """Their tests skip there, so the command would end with 0 and no row."""
    done = command(tmp_path, "peers", "--device", "cuda")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "retrograde: --device cuda is refused; expected cpu or no --device, as peers are timed on the CPU\n"
    )


def test_the_code_that_is_timed_has_the_parts_of_other_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_scores.py").write_text("class Mine:\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    before = code_hash()
    monkeypatch.setitem(SCORES, "mine", importlib.import_module("my_scores").Mine)
    with_mine = code_hash()
    (tmp_path / "my_scores.py").write_text("class Mine:\n    changed = True\n")
    assert len({before, with_mine, code_hash()}) == 3


@pytest.mark.skipif(find_spec("joeynmt") is not None, reason="the peers are installed here")
def test_without_the_peers_their_command_says_how_to_get_them(tmp_path: Path) -> None:
    done = command(tmp_path, "peers")
    assert done.returncode == 2
    assert done.stderr.startswith(
        "retrograde: joeynmt and eole cannot be imported; expected both: python -m pip install "
    )
    requirements = done.stderr.partition("--requirement ")[2].partition(",")[0]
    assert "joeynmt==" in Path(requirements).read_text()


def test_the_suites_are_listed(tmp_path: Path) -> None:
    done = command(tmp_path, "bench", "--list")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[1] == "score           Scores, forward and backward"
    assert [line.split()[0] for line in lines] == [
        *("encoder", "score", "decoder", "greedy", "training", "metric", "study_training", "study_greedy")
    ]


def test_the_command_offers_all_profiles() -> None:
    assert list(PROFILES) == list(profiles.PROFILES)
