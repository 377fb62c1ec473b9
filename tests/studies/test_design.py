"""A wrong declaration of a study raises an error when the study is created, in one line that names the mistake."""

import dataclasses
from dataclasses import replace
from typing import Any

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from seq2seq_core.config import ConfigError, TrainConfig
from seq2seq_core.layers.scores import SCORES
from studies.design.comparisons import Contrast, Decision, Published, Source, Switch
from studies.design.setup import CONFIGS
from studies.design.study import Arm, Profile, Study
from studies.design.tuning import Tuning

POINT = Published(source=Source("A 2020", "Table 1", ""), arm="dot", metric="exact_match", low=0.5, high=0.5)
PROFILES = {name: Profile(seeds=1) for name in ("smoke", "quick", "full")}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"baseline": "nine"}, "'nine' is not an arm; did you mean 'none'"),
        ({"primary": "steps"}, "Study.primary: 'steps' is not a primary metric"),
        ({"primary": "exact_match_on_longer"}, "expected TrainConfig.test_lengths with longer sources than the task's"),
        (
            {
                "primary": "exact_match_on_longer",
                "training": TrainConfig(test_lengths=(20,)),
                "factors": {"max_length": (5, 30)},
            },
            "at every profile and combination of levels",
        ),
        ({"profiles": {"quick": Profile(seeds=1)}}, "expected smoke, quick, full"),
        ({"profiles": {**PROFILES, "full": Profile(seeds=0)}}, "profile 'full': 0 seeds"),
        ({"profiles": {**PROFILES, "full": Profile(seeds=1, training={"epoch": 3})}}, "did you mean 'epochs'"),
        ({"profiles": {**PROFILES, "full": Profile(seeds=1, factors={"cels": ("gru",)})}}, "did you mean 'cell'"),
        ({"arms": {"none": Arm(score=None), "NA": Arm()}}, "arm is 'NA', which pandas does not read as a text"),
        ({"arms": {"none": Arm(score=None), "1e3": Arm()}}, "arm is '1e3', which pandas does not read as a text"),
        ({"arms": {"none": Arm(score=None), "a\nb": Arm()}}, "arm is 'a\\nb'; expected a text on one line"),
        ({"arms": {"none": Arm(score=None), "\ud800": Arm()}}, "arm is '\\ud800'; expected a text on one line"),
        ({"arms": {"none": Arm(scor="dot")}}, "arm 'none': 'scor' is not a setting that an arm can override"),
        ({"arms": {"none": Arm(epochs=3)}}, "arm 'none': 'epochs' is not a setting"),
        ({"arms": {"none": Arm(max_length=3)}}, "arm 'none': 'max_length' is not a setting"),
        ({"arms": {"none": Arm(forcing=2.0)}}, "arm 'none': TrainConfig.forcing: 2.0 is refused"),
        ({"arms": {"none": Arm("stuck_state")}}, "arm 'none': slips stuck_state: the recipe 'plain' has no slips"),
        ({"level_settings": {"merge": {"sum": {"epochs": 3}}}}, "Study.level_settings: 'merge' is not a factor"),
        (
            {"factors": {"max_length": (5, 9)}, "level_settings": {"max_length": {7: {"epochs": 3}}}},
            "Study.level_settings: max_length has no level 7; known: 3, 4, 5, 9",
        ),
        (
            {"factors": {"max_length": (5, 9)}, "level_settings": {"max_length": {9: {"score": "dot"}}}},
            "Study.level_settings: score: an arm or a factor also sets it",
        ),
        (
            {"factors": {"max_length": (5, 9)}, "level_settings": {"max_length": {9: {"epoch": 3}}}},
            "unknown setting 'epoch'; did you mean 'epochs'?",
        ),
        (
            {"arms": {"none": Arm(recipe="article", score="dot")}},
            "arm 'none': extra metrics of its recipe 'article': article_accuracy; of the study's recipe 'plain': none; "
            "expected the same",
        ),
        ({"recipe": "artikle"}, "unknown recipe 'artikle'; did you mean 'article'?"),
        ({"recipe": "article", "arms": {"none": Arm("stuck")}}, "unknown slip 'stuck'; did you mean 'stuck_state'?"),
        ({"recipe": "article", "arms": {"none": Arm("stuck_state", score="dot")}}, "score is 'dot'; expected none"),
        ({"recipe": "article", "arms": {"none": Arm("va_per_slot", score="dot")}}, "expected 'additive'"),
        (
            {"contrasts": (Contrast("dott", "none", "dot"),)},
            "a comparison names 'dott', which is not an arm; did you mean 'dot'?",
        ),
        ({"switches": (Switch("dot", (("dot", "nome"),)),)}, "a comparison names 'nome', which is not an arm"),
        (
            {"published": (replace(POINT, arm="dott"),)},
            "Published.arm: 'dott' is not an arm; did you mean 'dot'?",
        ),
        ({"published": (replace(POINT, arm=None),)}, "expected words for the published model"),
        ({"published": (replace(POINT, epoch=1, lengths=(3,)),)}, "it has both epoch and lengths"),
        ({"published": (replace(POINT, low=0.6),)}, "low 0.6 and high 0.5"),
        ({"published": (replace(POINT, levels={"max_length": 5}),)}, "max_length = 5 is no level of the study"),
        ({"decision": Decision(comparisons=(), yes="lower")}, "Decision.comparisons: it is empty"),
        (
            {"decision": Decision(comparisons=("dot",), yes="lower")},
            "Decision.comparisons: 'dot' is not a comparison; known: dot against none",
        ),
        (
            {
                "contrasts": (Contrast("dot", "none", "attention"),),
                "decision": Decision(comparisons=("dot against none",), yes="lower"),
            },
            "'dot against none' is not a comparison; known: attention",
        ),
        (
            {"decision": Decision(comparisons=("dot against none",), yes="fewer")},
            "Decision.yes: 'fewer'; expected lower, higher, different",
        ),
        (
            {"decision": Decision(comparisons=("dot against none",), yes="lower", phrases={"cell = gnu": "x"})},
            "Decision.phrases: 'cell = gnu' is not an arm, a comparison or a level; did you mean 'cell = gru'?",
        ),
        ({"arms": {"none": Arm(score="dott")}}, "arm 'none': ModelConfig.score: 'dott' is refused"),
        ({"factors": {"max_lenght": (3, 4)}}, "factor 'max_lenght': unknown setting; did you mean 'max_length'"),
        ({"factors": {"max_length": ()}}, "expected at least one, without duplicates"),
        ({"factors": {"max_length": (3, 3)}}, "expected at least one, without duplicates"),
        ({"factors": {"max_length": (3, -1)}}, "TaskConfig.max_length: -1 is refused"),
        ({"factors": {"score": ("dot", "general")}}, "factor 'score': the arm 'none' also sets it"),
        ({"question": None}, "Study.question: None; expected a text"),
        ({"first_epoch": "x"}, "Study.first_epoch: 'x'; expected an integer"),
        ({"first_epoch": True}, "Study.first_epoch: True; expected an integer"),
        ({"arms": ["none"]}, "Study.arms: ['none']; expected a dict"),
        ({"arms": {"none": "dot"}}, "Study.arms['none']: 'dot'; expected an Arm"),
        ({"arms": {1: Arm()}}, "Study.arms, a key: 1; expected a text"),
        ({"factors": {"layers": 2}}, "Study.factors['layers']: 2; expected a tuple"),
        ({"differences": "one sentence"}, "Study.differences: 'one sentence'; expected a tuple"),
        ({"differences": ("one sentence", 2)}, "Study.differences[1]: 2; expected a text"),
        ({"decision": "yes"}, "Study.decision: 'yes'; expected a Decision or None"),
        ({"profiles": {**PROFILES, "full": {"seeds": 2}}}, "Study.profiles['full']: {'seeds': 2}; expected a Profile"),
        ({"profiles": {**PROFILES, "full": Profile(seeds=True)}}, "Profile.seeds: True; expected an integer"),
        ({"contrasts": (Contrast("dot", "none", ""),)}, "a comparison is called ''; expected words"),
        (
            {"contrasts": (Contrast("dot", "none", "a"),), "switches": (Switch("a", (("dot", "none"),)),)},
            "a comparison is called 'a'; expected words that no other comparison has",
        ),
        ({"contrasts": (Contrast("dot", "dot", "a"),)}, "the comparison 'a': the arm 'dot' twice; expected two arms"),
        ({"switches": (Switch("a", ()),)}, "the comparison 'a': pairs []; expected at least one"),
        ({"switches": (Switch("a", (("dot", "none"),) * 2),)}, "expected at least one, without duplicates"),
        (
            {"switches": (Switch("a", (("dot", "none", "dot"),)),)},
            "Switch.pairs[0]: ('dot', 'none', 'dot'); expected 2",
        ),
        ({"published": (dataclasses.replace(POINT, low="0.5"),)}, "Published.low: '0.5'; expected a number"),
    ],
)
def test_a_wrong_declaration_is_refused_when_the_study_is_declared(
    study: Study, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        dataclasses.replace(study, **change)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


RATE = FloatDistribution(1e-4, 1e-1, log=True)


@pytest.mark.parametrize(
    ("tuning", "change", "message"),
    [
        ({"space": {}}, {}, "Tuning.space: it is empty"),
        ({"space": {"learning_rate": (1e-4, 1e-1)}}, {}, "learning_rate is (0.0001, 0.1); expected one of optuna."),
        ({"space": {"learning_rate": FloatDistribution(0.1, 0.1)}}, {}, "learning_rate has a single value"),
        ({"space": {"learning_rat": RATE}}, {}, "unknown setting 'learning_rat'; did you mean 'learning_rate'"),
        ({"space": {"score": CategoricalDistribution(["dot", "general"])}}, {}, "score: the arm 'none' also sets it"),
        ({}, {"factors": {"learning_rate": (0.1, 0.2)}}, "learning_rate: a factor also sets it"),
        (
            {},
            {"profiles": {**PROFILES, "full": Profile(seeds=1, training={"learning_rate": 0.1})}},
            "learning_rate: the profile 'full' also sets it",
        ),
        ({"space": {"epochs": IntDistribution(1, 9)}}, {}, "epochs defines what is measured"),
        ({"space": {"max_length": IntDistribution(3, 9)}}, {}, "max_length defines what is measured"),
        ({"space": {"learning_rate": FloatDistribution(0.0, 0.1)}}, {}, "learning_rate: 0.0 is refused"),
        (
            {"space": {"layers": FloatDistribution(1, 2)}},
            {},
            "layers: 1.0000000000000002 is refused; expected an integer",
        ),
        ({"space": {"layers": FloatDistribution(1, 3, step=0.5)}}, {}, "layers: 1.5 is refused; expected an integer"),
        ({"space": {"batch_size": IntDistribution(0, 8)}}, {}, "TrainConfig.batch_size: 0 is refused"),
        ({"space": {"cell": CategoricalDistribution(["gru", "gnu"])}}, {}, "ModelConfig.cell: 'gnu' is refused"),
        (
            {"space": {"layers": IntDistribution(1, 2), "dropout": FloatDistribution(0.0, 0.5)}},
            {},
            "dropout: 0.5 is refused; expected 0, or layers of at least 2",
        ),
        ({"trials_per_arm": 0}, {}, "Tuning.trials_per_arm: 0; expected an integer"),
        ({"trials_per_arm": True}, {}, "Tuning.trials_per_arm: True"),
        ({"seeds": 1.5}, {}, "Tuning.seeds: 1.5; expected an integer"),
        ({"sampler": "tpa"}, {}, "Tuning.sampler: 'tpa'; did you mean 'tpe'"),
        ({"pruner": "medium"}, {}, "Tuning.pruner: 'medium'; did you mean 'median'"),
        ({"pruner": "wilcoxon", "seeds": 4}, {}, "Tuning.seeds: 4; the wilcoxon pruner needs at least 5"),
        (
            {},
            {"profiles": {**PROFILES, "full": Profile(seeds=1, trials_per_arm=0)}},
            "profile 'full': Tuning.trials_per_arm: 0",
        ),
    ],
)
def test_a_wrong_tuning_is_refused_when_the_study_is_declared(
    study: Study, tuning: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        dataclasses.replace(
            study, tuning=Tuning(**{"space": {"learning_rate": RATE}, "trials_per_arm": 8, **tuning}), **change
        )
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_budget_without_a_tuning_is_refused(study: Study) -> None:
    with pytest.raises(ConfigError, match="profile 'full': trials_per_arm is set, but the study has no tuning"):
        dataclasses.replace(study, profiles={**PROFILES, "full": Profile(seeds=1, trials_per_arm=3)})


def test_a_profile_has_its_own_budget(study: Study) -> None:
    tuning = Tuning(space={"learning_rate": RATE}, trials_per_arm=8)
    study = dataclasses.replace(
        study, tuning=tuning, profiles={**PROFILES, "smoke": Profile(seeds=1, trials_per_arm=2)}
    )
    assert study.tuning_at("quick") == tuning
    assert study.tuning_at("smoke") == dataclasses.replace(tuning, trials_per_arm=2)


def test_a_level_that_one_arm_cannot_have_is_refused(study: Study) -> None:
    """dot needs queries and values of one size; none does not."""
    with pytest.raises(ConfigError, match="arm 'dot'"):
        dataclasses.replace(study, factors={"bidirectional": (False, True)})


def test_no_setting_belongs_to_two_parts(study: Study) -> None:
    """Settings are found by name alone; a name in two configs would silently change only one."""
    setup = study.setup
    parts = [getattr(setup, part).names() for part in CONFIGS]
    assert len(setup.config_of) == sum(map(len, parts))


def test_a_level_has_its_own_settings_which_profile_and_user_override(study: Study) -> None:
    at_levels = {7: {"min_length": 3, "epochs": 30}, 9: {"min_length": 4}}
    profiles = {**study.profiles, "smoke": Profile(seeds=1, training={"epochs": 2})}
    changed = dataclasses.replace(
        study, factors={"max_length": (7, 9)}, level_settings={"max_length": at_levels}, profiles=profiles
    )

    def lengths(profile: str, **settings: Any) -> list[tuple[int, int, int]]:
        setups = [changed.setup_of("none", profile, settings, {"max_length": level}) for level in (7, 9)]
        return [(one.task.min_length, one.task.max_length, one.training.epochs) for one in setups]

    assert lengths("quick") == [(3, 7, 30), (4, 9, study.training.epochs)]
    assert lengths("smoke") == [(3, 7, 2), (4, 9, 2)]
    assert lengths("quick", min_length=1, epochs=5) == [(1, 7, 5), (1, 9, 5)]


def test_arms_override_levels_levels_override_settings_and_settings_override_the_profile(study: Study) -> None:
    profiles = {**study.profiles, "full": Profile(seeds=1, training={"epochs": 7, "batch_size": 8})}
    study = dataclasses.replace(study, profiles=profiles)
    setup = study.setup_of("dot", "full", {"epochs": 5, "cell": "rnn", "score": "general"}, {"cell": "lstm"})
    assert (setup.training.batch_size, setup.training.epochs) == (8, 5)
    assert (setup.model.cell, setup.model.score) == ("lstm", "dot")


@pytest.mark.parametrize("where", ["level", "choice"])
def test_a_text_as_a_level_or_a_choice_is_a_text_to_pandas_too(
    study: Study, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example the name of a score that is defined elsewhere."""
    monkeypatch.setitem(SCORES, "nan", SCORES["dot"])
    arms = {"none": Arm()}
    scores = ("dot", "nan")
    tuning = Tuning(space={"score": CategoricalDistribution(scores)}, trials_per_arm=1) if where == "choice" else None
    with pytest.raises(
        ConfigError, match="score is 'nan', which pandas does not read as a text; expected another name"
    ):
        dataclasses.replace(study, arms=arms, factors={} if tuning else {"score": scores}, tuning=tuning)
