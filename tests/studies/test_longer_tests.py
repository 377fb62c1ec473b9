"""The recipes of replications that test on other lengths than they train on."""

import pytest
import torch

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.training import train
from studies import catalog
from studies.recipes.registry import RECIPES

CPU = torch.device("cpu")


@pytest.mark.parametrize(("name", "shortest", "longest"), [("decimal40", 1, 400), ("grefenstette2015", 65, 128)])
def test_only_the_test_set_has_other_lengths(name: str, shortest: int, longest: int) -> None:
    """The published lengths; the test set is decoded up to twice its own longest target."""
    task, recipe = catalog.load(name).task, RECIPES[name]()
    for stream in ("train", "evaluation", "test"):
        examples = recipe.examples(task, TrainConfig(), 0, stream, CPU)
        lengths = examples.draw(5000).source_lengths
        expected = (shortest, longest) if stream == "test" else (task.min_length, task.max_length)
        assert (int(lengths.min()), int(lengths.max())) == expected
        assert examples.task.max_length == expected[1]


@pytest.mark.parametrize(("name", "longest"), [("decimal40", 400), ("grefenstette2015", 128)])
def test_a_training_on_sources_as_long_as_those_of_the_test_is_refused(name: str, longest: int) -> None:
    setup = catalog.load(name).setup
    setup.replace({"max_length": longest - 1}).build_recipe()
    with pytest.raises(ConfigError, match=rf"recipe '{name}': max_length {longest}; expected less than {longest}, the"):
        setup.replace({"max_length": longest}).build_recipe()


def test_the_metrics_of_the_test_set_are_those_of_the_longer_strings() -> None:
    task = TaskConfig(letters=3, min_length=2, max_length=3)
    training = TrainConfig(epochs=1, steps_per_epoch=1, batch_size=2, evaluation_size=5, test_size=6)
    result = train(ModelConfig(hidden_size=3), task, training, 0, recipe=RECIPES["grefenstette2015"]())
    assert all(65 <= length <= 128 for length in result.by_length)
    assert set(result.extra_metrics) == {"first_n", "overlap"}


def test_published_models_stand_beside_all_arms() -> None:
    for name, models in (("decimal40", 4), ("grefenstette2015", 4)):
        published = catalog.load(name).published
        assert {point.arm for point in published} == {None}
        assert len({point.model for point in published}) == models
        assert len(published) == models * 4
