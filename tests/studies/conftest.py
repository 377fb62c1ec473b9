"""What the tests of studies share: a small study, and words that make the real one small."""

import pytest

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design import Arm, Profile, Study


@pytest.fixture
def study() -> Study:
    return Study(
        question="Which?",
        base=ModelConfig(hidden_size=4, embedding_size=3),
        task=TaskConfig(letters=2, min_length=1, max_length=3),
        training=TrainConfig(epochs=2, steps_per_epoch=2, batch_size=3, evaluation_size=4, test_size=4),
        baseline="none",
        arms={"none": Arm(score=None), "dot": Arm(score="dot")},
        primary="steps_to_99",
        profiles={
            "smoke": Profile(seeds=1, training={"epochs": 1}),
            "quick": Profile(seeds=2),
            "full": Profile(seeds=3, factors={"max_length": (3, 4), "cell": ("gru", "lstm", "rnn")}),
        },
    )


@pytest.fixture
def tiny() -> list[str]:
    """Words after `run attention`: four arms, two seeds, a fraction of a second each."""
    sizes = ["hidden_size=8", "batch_size=4", "evaluation_size=8", "test_size=8", "min_length=1", "max_length=3"]
    settings = ["epochs=3", "steps_per_epoch=2", *sizes]
    return ["--profile", "smoke", *(word for setting in settings for word in ("--set", setting))]
