"""Configurations refuse wrong settings when they are created, in one line that says what would be right."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_core.config import Config, ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.config.device import check_device


@pytest.mark.parametrize(
    ("kind", "settings", "expected"),
    [
        (ModelConfig, {"scroe": "dot"}, "did you mean 'score'?"),
        (ModelConfig, {"score": "addtive"}, "additive"),
        (ModelConfig, {"cell": "grru"}, "one of gru, lstm, rnn"),
        (ModelConfig, {"packing": "pack"}, "packed, padded, padded_exact"),
        (ModelConfig, {"query": "next"}, "current, previous"),
        (ModelConfig, {"hidden_size": -1}, "from 1 to 10,000"),
        (ModelConfig, {"hidden_size": 6.4}, "an integer"),
        (ModelConfig, {"layers": True}, "an integer"),
        (ModelConfig, {"bidirectional": 1}, "true or false"),
        (ModelConfig, {"layers": 2, "dropout": 1.0}, "below 1"),
        (ModelConfig, {"dropout": 0.5}, "layers of at least 2"),
        (ModelConfig, {"score": None, "query": "previous"}, "'current'"),
        (ModelConfig, {"score": "dot", "bidirectional": True}, "'general'"),
        (TaskConfig, {"task": "revers"}, "one of copy, "),
        (TaskConfig, {"task": None}, "reverse"),
        (TaskConfig, {"max_length": -3}, "from 1 to 10,000"),
        (TaskConfig, {"min_length": 9, "max_length": 8}, "at least min_length (9)"),
        (TrainConfig, {"learning_rate": 0}, "above 0"),
        (TrainConfig, {"learning_rate": float("nan")}, "above 0"),
        (TrainConfig, {"clip_norm": float("inf")}, "finite"),
        (TrainConfig, {"learning_rate": "fast"}, "above 0"),
        (TrainConfig, {"clip_norm": 10**400}, "finite"),
        (TrainConfig, {"epochs": float("inf")}, "an integer"),
        (TrainConfig, {"forcing": 1.5}, "at least 0 and at most 1"),
        (TrainConfig, {"forcing": float("nan")}, "at least 0 and at most 1"),
        (TrainConfig, {"forcing": 0.0, "forcing_decay": "linear"}, "'constant', or forcing above 0: nothing decays"),
        (ModelConfig, {"conv_width": 5}, "3, or conv_layers of at least 1: there is no convolution"),
        (TrainConfig, {"forcing_decay": "cosine"}, "one of constant, linear, exponential, inverse_sigmoid"),
        (TrainConfig, {"loss": "mse"}, "one of cross_entropy, sequence_cross_entropy"),
        (TrainConfig, {"stop_at": 0}, "above 0 and at most 1"),
        (TrainConfig, {"stop_at": 1.01}, "above 0 and at most 1"),
        (TrainConfig, {"test_lengths": 50}, "a list of different integers from 1 to 10,000"),
        (TrainConfig, {"test_lengths": [50, 50]}, "a list of different integers"),
        (TrainConfig, {"test_lengths": [0]}, "from 1 to 10,000"),
        (TrainConfig, {"feed": "sample"}, "forcing below 1, or a decay"),
        (TrainConfig, {"forcing_draw": "step"}, "forcing below 1, or a decay"),
        (ModelConfig, {"score": None, "input_feeding": True}, "there is no attention"),
        (ModelConfig, {"boundaries": True, "embedding": "one_hot"}, "one_hot has no such tokens"),
        (ModelConfig, {"boundaries": True, "pyramid": "drop", "layers": 2}, "a pyramid merges them"),
        (ModelConfig, {"readout": "state"}, "would not reach the logits"),
        (ModelConfig, {"query": "previous", "readout": "state", "attentional_layer": True}, "replaces it"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line(kind: type[Config], settings: dict[str, object], expected: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        kind.from_dict(settings)
    message = str(refusal.value)
    assert expected in message
    assert kind.__name__ in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "config", [ModelConfig(score=None), TaskConfig(letters=3), TaskConfig(task="copy"), TrainConfig(epochs=1)]
)
def test_a_config_survives_a_round_trip_through_plain_settings(config: Config) -> None:
    assert type(config).from_dict(config.to_dict()) == config


@given(
    number=st.integers(1, 100_000),
    rate=st.integers(1, 2**53),
    share=st.sampled_from([0, 0.0, -0.0, 1, 1.0]),
)
def test_a_number_is_converted_to_the_type_of_its_field(number: int, rate: int, share: float) -> None:
    one = TrainConfig(epochs=number, learning_rate=rate, clip_norm=rate, forcing=share)
    other = TrainConfig.from_dict(
        {"epochs": float(number), "learning_rate": float(rate), "clip_norm": float(rate), "forcing": abs(float(share))}
    )
    assert json.dumps(one.to_dict()) == json.dumps(other.to_dict())
    assert type(other.epochs) is int
    assert {type(value) for value in (one.learning_rate, one.clip_norm, one.forcing)} == {float}


def test_the_default_task_is_left_out_of_the_settings() -> None:
    """Settings make up ids, checkpoints and provenance, and those of runs from before there were tasks stay."""
    assert TaskConfig().to_dict() == {"letters": 4, "min_length": 5, "max_length": 14}
    assert TaskConfig(task="copy").to_dict() == {"task": "copy", "letters": 4, "min_length": 5, "max_length": 14}
    assert TaskConfig(task="copy").replace({"task": "reverse"}) == TaskConfig()


def test_replace_checks_the_copy() -> None:
    assert ModelConfig().replace({"hidden_size": 8}).hidden_size == 8
    with pytest.raises(ConfigError, match="hidden_size"):
        ModelConfig().replace({"hidden_size": 0})


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(ConfigError, match="one of cpu, cuda"):
        check_device("tpu")


def test_test_lengths_are_equal_in_any_order_and_as_json() -> None:
    one = TrainConfig(test_lengths=(60, 50))
    assert one == TrainConfig.from_dict({"test_lengths": [50, 60]})
    assert one.test_lengths == (50, 60)
