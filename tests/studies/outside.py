"""A study outside the repository, with a score, a cell, a task and a recipe in its file, and a module beside it."""

import subprocess
from pathlib import Path

from warm_python import outside_xdist, run_module

ROOT = Path(__file__).parents[2]

HELPERS = '''"""Beside the study."""


def half(values):
    return values / 2
'''

STUDY = '''"""Does my score help?"""

import torch
from torch import nn

from helpers import half
from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.layers.cells import TorchCell
from seq2seq_core.layers.scores import DotProductScore
from seq2seq_core.recipe import Recipe
from seq2seq_core.tasks import Task
from studies.design.study import Arm, Profile, Study


class Half(DotProductScore, name="half"):
    same_size = True

    def __init__(self, query_size, value_size, key_size):
        super().__init__(query_size, value_size, key_size)

    def project_keys(self, values):
        return half(values)


class ReLU(TorchCell, nn.RNN, name="relu"):
    gates, activations = 1, 0
    function = torch.rnn_relu

    def __init__(self, **settings):
        super().__init__(nonlinearity="relu", **settings)


class Double(Task, name="double"):
    def targets(self, sources, lengths):
        return sources.repeat_interleave(2, dim=1), 2 * lengths

    def longest_target(self, length):
        return 2 * length


class FirstLetter(Recipe, name="first_letter"):
    extra_metrics = ("first_letter_accuracy",)

    def measure(self, model, examples, size):
        batch = examples.draw(size)
        predicted = model.greedy(batch.source, batch.source_lengths, limit=1).tokens
        return {"first_letter_accuracy": (predicted[:, 0] == batch.target[:, 0]).double().mean().item()}


STUDY = Study(
    question="Does my score help?",
    base=ModelConfig(cell="relu", hidden_size=8, embedding_size=4),
    task=TaskConfig(task="double", letters=2, min_length=1, max_length=3),
    training=TrainConfig(epochs=3, steps_per_epoch=2, batch_size=4, evaluation_size=8, test_size=8),
    baseline="none",
    arms={"none": Arm(score=None), "half": Arm(score="half")},
    primary="steps_to_99",
    recipe="first_letter",
    profiles={name: Profile(seeds=2) for name in ("smoke", "quick", "full")},
)
'''


def write_study(folder: Path) -> Path:
    """Writes `my_study.py` and `helpers.py` into the folder."""
    folder.mkdir(exist_ok=True)
    (folder / "helpers.py").write_text(HELPERS)
    (folder / "my_study.py").write_text(STUDY)
    return folder / "my_study.py"


def studies(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m studies` in the folder, which is outside the repository."""
    return run_module(
        "studies", *words, cwd=folder, environment=outside_xdist() | {"PYTHONPATH": str(ROOT)} | environment
    )


def line_of(done: subprocess.CompletedProcess[str]) -> str:
    """The one line on stderr of a command that is refused with the exit status 2."""
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    *bar, line = done.stderr.splitlines()
    assert not any(text.startswith("retrograde: ") for text in bar), done.stderr
    assert line.startswith("retrograde: ")
    return line
