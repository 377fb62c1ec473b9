"""The line that repeats a part checks out its commit, installs what it needs, and runs its command."""

from __future__ import annotations

from typing import Any

import pytest

from results.page.provenance import repeat

INSTALL = "python -m pip install --constraint constraints.txt --editable"


def part(*words: str, commit: dict[str, Any] | None) -> dict[str, Any]:
    return {"command": [*words], "commit": commit}


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
    ],
)
def test_a_line_repeats_a_part(name: str, words: list[str], steps: list[str]) -> None:
    commit = {"id": "d43b472", "dirty": False}
    assert repeat(name, part(*words, commit=commit)) == " && ".join(["git checkout d43b472", *steps])
    assert repeat(name, part(*words, commit=None)) == " && ".join(steps)
