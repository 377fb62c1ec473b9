"""A study with a slip in it does not come to be, and the line says which slip."""

import dataclasses
from typing import Any

import pytest

from seq2seq_core.config import ConfigError
from studies.design import Arm, Profile, Setup, Study

PROFILES = {name: Profile(seeds=1) for name in ("smoke", "quick", "full")}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"baseline": "nine"}, "'nine' is no arm; did you mean 'none'"),
        ({"primary": "steps"}, "Study.primary: 'steps' is no figure"),
        ({"profiles": {"quick": Profile(seeds=1)}}, "expected smoke, quick, full"),
        ({"profiles": {**PROFILES, "full": Profile(seeds=0)}}, "profile 'full': 0 seeds"),
        ({"profiles": {**PROFILES, "full": Profile(seeds=1, training={"epoch": 3})}}, "did you mean 'epochs'"),
        ({"profiles": {**PROFILES, "full": Profile(seeds=1, factors={"cels": ("gru",)})}}, "did you mean 'cell'"),
        ({"arms": {"none": Arm(scor="dot")}}, "arm 'none': unknown key 'scor' of ModelConfig; did you mean 'score'"),
        ({"arms": {"none": Arm(epochs=3)}}, "arm 'none': unknown key 'epochs' of ModelConfig"),
        ({"arms": {"none": Arm(score="dott")}}, "arm 'none': ModelConfig.score: 'dott' is refused"),
        ({"factors": {"max_lenght": (3, 4)}}, "factor 'max_lenght': no such setting; did you mean 'max_length'"),
        ({"factors": {"max_length": ()}}, "expected at least one, and each once"),
        ({"factors": {"max_length": (3, 3)}}, "expected at least one, and each once"),
        ({"factors": {"max_length": (3, -1)}}, "TaskConfig.max_length: -1 is refused"),
        ({"factors": {"score": ("dot", "general")}}, "factor 'score': the arm 'none' sets it too"),
    ],
)
def test_a_slip_is_refused_at_birth(study: Study, change: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        dataclasses.replace(study, **change)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_level_is_refused_for_the_arm_that_cannot_have_it(study: Study) -> None:
    """dot needs queries and values of one size; none does not."""
    with pytest.raises(ConfigError, match="arm 'dot'"):
        dataclasses.replace(study, factors={"bidirectional": (False, True)})


def test_no_setting_belongs_to_two_parts(study: Study) -> None:
    """Settings are found by name alone; a name in two configs would silently change only one."""
    setup = study.setup
    parts = [getattr(setup, part.name).to_dict() for part in dataclasses.fields(Setup)]
    assert len(setup.known) == sum(map(len, parts))


def test_the_arm_goes_over_levels_over_settings_over_the_profile(study: Study) -> None:
    profiles = {**study.profiles, "full": Profile(seeds=1, training={"epochs": 7, "batch_size": 8})}
    study = dataclasses.replace(study, profiles=profiles)
    setup = study.setup_of("dot", "full", {"epochs": 5, "cell": "rnn", "score": "general"}, {"cell": "lstm"})
    assert (setup.training.batch_size, setup.training.epochs) == (8, 5)
    assert (setup.model.cell, setup.model.score) == ("lstm", "dot")
