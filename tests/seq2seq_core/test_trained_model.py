"""A trained model predicts the same for one source and for many, after saving as before; a file is replaced whole."""

import os
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from cut_off import written
from file_sizes import room_for
from hypothesis import given, settings
from hypothesis import strategies as st

import seq2seq_core
from seq2seq_core import (
    CheckpointError,
    ConfigError,
    ModelConfig,
    TaskConfig,
    TrainConfig,
    TrainedModel,
    evaluate,
    load,
    train,
)
from seq2seq_core.evaluation.evaluate import WEIGHTS_AT_ONCE
from seq2seq_core.evaluation.predict import MOST_AT_ONCE, batches

ROOT = Path(__file__).parents[2]
CPU = torch.device("cpu")
TASK = TaskConfig(min_length=1, max_length=4)
BRIEF = TrainConfig(epochs=2, steps_per_epoch=60, batch_size=40, learning_rate=1e-2, evaluation_size=20, test_size=60)
SMALL = ModelConfig(embedding_size=8, hidden_size=16)
MODELS = {
    "packed": SMALL,
    "padded": SMALL.replace({"packing": "padded", "cell": "lstm"}),
    "padded_exact": SMALL.replace({"packing": "padded_exact", "bidirectional": True, "query": "previous"}),
    "pyramid": SMALL.replace({"layers": 2, "pyramid": "concat", "score": "additive"}),
    "none": SMALL.replace({"score": None}),
}
SOURCES = st.lists(st.text("abcd", min_size=1, max_size=9), max_size=8)


@cache
def trained(name: str = "packed") -> TrainedModel:
    model = train(MODELS[name], TASK, BRIEF, seed=3).model
    assert model is not None
    return model


@settings(max_examples=30)
@given(st.sampled_from(sorted(MODELS)), SOURCES)
def test_many_sources_have_the_predictions_of_each_alone(name: str, sources: list[str]) -> None:
    model = trained(name)
    predictions = model.predict(sources)
    assert predictions == [model.predict(source) for source in sources]
    assert predictions == model.predict([list(source) for source in sources])


@settings(max_examples=30)
@given(st.sampled_from(sorted({*MODELS} - {"none"})), SOURCES)
def test_many_sources_have_the_attention_of_each_alone(name: str, sources: list[str]) -> None:
    model = trained(name)
    for source, alignment in zip(sources, model.attention(sources), strict=True):
        alone = model.attention(source)
        assert (alignment.source, alignment.prediction) == (alone.source, alone.prediction)
        assert "".join(alignment.source) == source
        assert "".join(alignment.prediction).removesuffix("</s>") == model.predict(source)
        assert len(alignment.weights) == len(alignment.prediction)
        torch.testing.assert_close(torch.tensor(alignment.weights), torch.tensor(alone.weights), rtol=0, atol=1e-5)


@given(st.lists(st.integers(1, 3000), max_size=20), st.integers(0, 1100))
def test_a_batch_has_sources_of_one_length_and_a_bounded_size(lengths: list[int], short: int) -> None:
    sources = ["a" * length for length in [*lengths, *[2] * short]]
    found = [*batches(TASK, sources, CPU)]
    for batch in found:
        assert {len(sources[position]) for position in batch.positions} == {batch.source.size(1)}
        assert batch.source.size(0) == len(batch.positions) <= MOST_AT_ONCE
        assert len(batch.positions) == 1 or batch.source.numel() * batch.limit <= WEIGHTS_AT_ONCE
    assert sorted(position for batch in found for position in batch.positions) == [*range(len(sources))]
    assert len(found) <= len(set(lengths) | {2}) + sum(length > 1000 for length in lengths) + short // MOST_AT_ONCE


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "expected at least one letter"),
        ("abe", "the letter 'e' is unknown; known: a, b, c, d"),
        (7, "7 is refused"),
    ],
)
def test_a_wrong_source_is_refused_in_one_line(source: Any, words: str) -> None:
    model = trained()
    for function in (model.predict, model.attention):
        with pytest.raises(ConfigError, match=words) as caught:
            function(["ab", source])
        assert "\n" not in str(caught.value)
    assert model.predict([]) == model.attention([]) == []


def test_the_attention_of_a_model_without_attention_is_refused() -> None:
    with pytest.raises(ConfigError, match="the model has no attention"):
        trained("none").attention("ab")


def test_a_result_has_its_model_unless_it_diverged() -> None:
    result = train(SMALL, TASK, BRIEF, seed=3)
    assert result.model is not None
    assert (result.model.model_config, result.model.task, result.model.training) == (SMALL, TASK, BRIEF)
    assert (result.model.seed, result.model.epoch, result.model.device) == (3, 2, CPU)
    assert all(weight.grad is None for weight in result.model.network.parameters())
    assert train(SMALL, TASK, BRIEF.replace({"learning_rate": 1e30}), seed=3).model is None


def test_predicting_leaves_gradients_and_random_numbers_as_they_are() -> None:
    model = trained("pyramid")
    model.network.train()
    state = torch.get_rng_state()
    with torch.enable_grad():
        model.predict(["ab", "c"])
        model.attention("ab")
        evaluate(model, 3)
        with pytest.raises(ConfigError):
            model.predict("x")
        assert torch.is_grad_enabled()
    assert torch.equal(torch.get_rng_state(), state)
    assert not model.network.training


def test_several_threads_use_one_model() -> None:
    model = trained()
    sources = [("abcd" * 3)[start : start + size] for start in range(4) for size in range(1, 9)]
    expected = model.predict(sources)
    with ThreadPoolExecutor(4) as threads:
        assert [*threads.map(model.predict, sources)] == expected


@settings(max_examples=30)
@given(st.sampled_from(sorted(MODELS)), SOURCES)
def test_a_loaded_model_predicts_as_before(reloaded: dict[str, TrainedModel], name: str, sources: list[str]) -> None:
    loaded = reloaded[name]
    assert loaded.predict(sources) == trained(name).predict(sources)
    assert (loaded.model_config, loaded.task, loaded.training) == (MODELS[name], TASK, BRIEF)
    assert (loaded.seed, loaded.epoch, loaded.recipe.name) == (3, 2, "plain")


@pytest.fixture(scope="module")
def reloaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TrainedModel]:
    folder = tmp_path_factory.mktemp("models")
    for name in MODELS:
        trained(name).save(folder / name)
    return {name: load(folder / name) for name in MODELS}


def test_a_checkpoint_of_a_training_is_loaded_too(tmp_path: Path) -> None:
    path = tmp_path / "one.checkpoint"
    path.write_bytes(written())
    assert load(path).epoch == 2
    assert load(str(path)).predict("ab") == load(path).predict("ab")


def test_a_saved_model_does_not_continue_a_training(tmp_path: Path) -> None:
    trained().save(tmp_path / "model")
    with pytest.raises(CheckpointError, match="of a model alone; expected one that a training has written"):
        train(SMALL, TASK, BRIEF, 3, checkpoint=(tmp_path / "model").read_bytes())


def test_what_is_no_model_is_refused_in_one_line_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no model")
    (tmp_path / "cut").write_bytes(written()[:-1])
    for name, kind in {"text": CheckpointError, "cut": CheckpointError, "none": OSError, ".": OSError}.items():
        with pytest.raises(kind) as caught:
            load(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)
        assert "\n" not in str(caught.value)
    (tmp_path / "whole").write_bytes(written())
    with pytest.raises(ConfigError, match="device: 'gpu' is refused; expected one of cpu, cuda"):
        load(tmp_path / "whole", device="gpu")


def test_a_file_stays_as_it_is_if_its_disk_is_full(tmp_path: Path) -> None:
    path = tmp_path / "model"
    trained().save(path)
    before = path.read_bytes()
    with room_for(len(before) // 2), pytest.raises(OSError, match="too large") as caught:
        trained("pyramid").save(path)
    assert caught.value.filename == str(path)
    assert [*tmp_path.iterdir()] == [path]
    assert path.read_bytes() == before
    with pytest.raises(FileNotFoundError) as missing:
        trained().save(tmp_path / "none" / "model")
    assert missing.value.filename == str(tmp_path / "none" / "model")


def test_a_file_is_complete_after_its_writer_is_killed(tmp_path: Path) -> None:
    """The writer is killed in the middle of its second write of the file."""
    path, model = tmp_path / "model", trained()
    model.save(path)
    writer = os.fork()
    if not writer:
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # kills a process whose file becomes too large
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
            trained().save(path)
        finally:
            os._exit(0)  # an error must not go up into this copy of pytest
    assert os.waitstatus_to_exitcode(os.waitpid(writer, 0)[1]) == -signal.SIGXFSZ
    assert load(path).predict("abcd") == model.predict("abcd")


def test_the_example_of_the_documentation_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (ROOT / "seq2seq_core" / "README.md").read_text().split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    exec(code.replace("epochs=3", "epochs=1"), {})
    assert {path.name for path in tmp_path.iterdir()} == {"attention.png", "reverse.model"}


def test_importing_the_package_is_cheap_and_each_of_its_names_exists() -> None:
    words = "import sys, seq2seq_core; print('torch' in sys.modules)"
    alone = subprocess.run([sys.executable, "-S", "-c", words], capture_output=True, text=True, cwd=ROOT, check=True)
    assert alone.stdout == "False\n"
    assert all(callable(getattr(seq2seq_core, name)) for name in seq2seq_core.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'trian'"):
        seq2seq_core.trian  # noqa: B018


@pytest.mark.gpu
def test_a_model_predicts_on_a_gpu(tmp_path: Path) -> None:
    model, sources = trained(), ["abcd", "a", "ddca", "bb"]
    model.save(tmp_path / "model")
    moved = load(tmp_path / "model", device="cuda")
    assert moved.device.type == "cuda"
    assert moved.predict(sources) == model.predict(sources)
    moved.save(tmp_path / "model")
    assert load(tmp_path / "model").predict(sources) == model.predict(sources)
