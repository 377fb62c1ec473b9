"""Studies are found by their files, and each of them can be planned."""

import subprocess
import sys

import pytest

from seq2seq_core.config import ConfigError
from studies import PROFILES, catalog
from studies.planner import plan


def test_names_are_known_before_anything_heavy_is_imported() -> None:
    code = "import sys; from studies import catalog; print(catalog.names(), 'torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "['attention', 'scores'] False\n"


def test_an_unknown_study_gets_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match=r"unknown study 'atention'; did you mean 'attention'\?"):
        catalog.load("atention")


@pytest.mark.parametrize("profile", PROFILES)
def test_every_study_can_be_planned_at_every_profile(profile: str) -> None:
    for name in catalog.names():
        planned = plan(catalog.load(name), profile)
        assert len({run.run_id for run in planned.runs}) == len(planned.runs) > 0
        assert (planned.size > len(planned.runs)) == bool(planned.tuning)


@pytest.mark.parametrize(
    ("name", "scores"),
    [("attention", [None, "dot", "general", "additive"]), ("scores", ["dot", "scaled_dot", "general", "additive"])],
)
def test_arms_differ_in_the_score_alone(name: str, scores: list[str | None]) -> None:
    runs = plan(catalog.load(name), "quick", seeds=1).runs
    assert [run.model.score for run in runs] == scores
    assert len({run.model.replace({"score": None}) for run in runs}) == 1
    assert len({(run.task, run.training) for run in runs}) == 1
