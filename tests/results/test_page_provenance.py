"""The line that repeats a part checks out its commit, installs what it needs, and runs its command."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from synthetic_rows import part as described

from results.page.provenance import _code, facts, measured_on, repeat, where_to_repeat
from results.tables import provenance

INSTALL = "python -m pip install --constraint constraints.txt --editable"


def part(*words: str, commit: dict[str, Any] | None) -> dict[str, Any]:
    return {"command": [*words], "commit": commit, "versions": {"torch": "2.9"}, "settings": {}}


@pytest.mark.parametrize(
    ("name", "words", "steps"),
    [
        ("study", ["python", "-m", "studies", "run", "a b"], [f"{INSTALL} .", "python -m studies run 'a b'"]),
        (
            "peers",
            ["python", "-m", "pytest", "benchmarks/peers"],
            [
                f"{INSTALL} '.[tensorboard]'",
                "python -m pip install --no-deps --requirement benchmarks/peers/requirements.txt",
                "python -m pytest benchmarks/peers",
            ],
        ),
        (
            "overhead_postgresql",
            ["python", "-m", "studies", "overhead", "attention"],
            [
                f"{INSTALL} '.[postgresql]'",
                "python -m studies overhead attention --storage postgresql://me@db.example/studies",
            ],
        ),
        (
            "scaling_runs_postgresql",
            ["retrograde", "scaling-runs"],
            [f"{INSTALL} '.[postgresql]'", "retrograde scaling-runs --storage postgresql://me@db.example/studies"],
        ),
        (
            "scaling_runs_dask",
            ["retrograde", "scaling-runs"],
            [f"{INSTALL} '.[cluster]'", "retrograde scaling-runs --dask tcp://HOST:8786"],
        ),
    ],
)
def test_a_command_line_reproduces_a_part(name: str, words: list[str], steps: list[str]) -> None:
    commit = {"id": "d43b472", "dirty": False}
    assert repeat(name, part(*words, commit=commit)) == " && ".join(["git checkout d43b472", *steps])
    assert repeat(name, part(*words, commit=None)) == " && ".join(steps)
    assert where_to_repeat(name, part(*words, commit=None)) == "in a clone of the project, in a new environment"


def test_a_benchmark_of_a_study_needs_the_folder_of_the_study() -> None:
    words = ["retrograde", "bench", "--profile", "full", "--of", "lengths"]
    assert where_to_repeat("benchmarks", part(*words, commit=None)) == (
        "in a clone of the project, in a new environment, after the command of the study with --out lengths"
    )


def test_an_installed_package_needs_no_clone_to_repeat_a_part(tmp_path: Path) -> None:
    words = ["retrograde", "run", "my_study.py"]
    given: dict[str, Any] = {"command": words, "profile": "quick", "threads": 1, "gpu": None, "settings": {}}
    provenance.record(tmp_path, "study", started=datetime.now(UTC), **given)
    installed = {**provenance.read(tmp_path)["study"], "commit": None, "versions": {"retrograde": "0.1.0"}}
    assert dict(facts(installed))["commit"] == "none, the installed retrograde 0.1.0"
    assert repeat("study", installed) == "retrograde run my_study.py"
    assert where_to_repeat("study", installed) == "with retrograde 0.1.0 installed"
    own = {**installed, "settings": {"code": {"my_study.py": "3ea4768fa506"}}}
    assert where_to_repeat("study", own) == (
        "with retrograde 0.1.0 installed, after copying the study's files there from the folder code of this folder"
    )
    assert where_to_repeat("overhead_sqlite", own) == "with retrograde 0.1.0 installed"
    assert dict(facts({**installed, "versions": {}}))["commit"] == "unknown"


@pytest.mark.parametrize(
    ("noise", "shown"),
    [
        (None, []),
        (
            {"seconds": 60.0, "other_cores": 0.034, "load_average": 2.0, "control_spread": 0.0123},
            [
                "other processes used 0.03 cores on average, load average 2.00, "
                "the rounds of an A/A control vary by 1.2%"
            ],
        ),
        ({"seconds": 60.0, "other_cores": None, "load_average": 2.0, "control_spread": None}, ["load average 2.00"]),
        ({"seconds": 60.0, "other_cores": None, "load_average": None, "control_spread": None}, ["unknown"]),
    ],
)
def test_the_noise_is_shown_if_it_is_recorded(
    noise: dict[str, float | None] | None, shown: list[str], tmp_path: Path
) -> None:
    given: dict[str, Any] = {"command": ["nox"], "profile": "quick", "threads": 2, "gpu": None, "settings": {}}
    provenance.record(tmp_path, "benchmarks", started=datetime.now(UTC), noise=noise, **given)
    part = provenance.read(tmp_path)["benchmarks"]
    assert [fact for name, fact in facts(part) if name == "noise"] == shown


def test_the_machine_of_a_measurement_is_named_once_with_its_last_day():
    first, later = described("quick"), described("quick", finished="2026-02-03T00:00:00Z")
    assert measured_on([first, later]) == "Measured on 2026-02-03 on a processor, 2 cores."
    other = described("quick", machine={"processor": "another", "cores": 1, "gpu": "a GPU"})
    assert measured_on([later, {**other, "finished": "2026-01-09T00:00:00Z"}, first]) == (
        "Measured on 2026-02-03 on a processor, 2 cores and on 2026-01-09 on another, 1 core, a GPU."
    )


def test_the_code_of_a_study_from_outside_is_a_fact() -> None:
    assert _code(None) == []
    assert _code({"my_study.py": "3ea4768fa506", "extras": "1.0"}) == [("code", "my_study.py 3ea4768fa506, extras 1.0")]
