"""Each conformance check of tasks and recipes passes for those of the project, and fails for a wrong one."""

from __future__ import annotations

import pytest
import torch
from checks import chosen
from made_tasks import Doubled
from torch import Tensor

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.conformance.recipes import RECIPE_CHECKS
from seq2seq_core.conformance.tasks import TASK_CHECKS
from seq2seq_core.examples import Examples
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.recipe import Recipe
from seq2seq_core.tasks import TASKS, Task
from seq2seq_core.tasks.copy import Copy

MODEL, TASK = ModelConfig(hidden_size=4, embedding_size=3), TaskConfig(letters=2, min_length=1, max_length=3)


@pytest.mark.parametrize("check", TASK_CHECKS)
@pytest.mark.parametrize("name", [name for name, task in TASKS.items() if not task.from_files])
def test_every_task_conforms(name: str, check: str) -> None:
    TASK_CHECKS[check](name)


@pytest.mark.parametrize("check", RECIPE_CHECKS)
def test_the_plain_recipe_conforms(check: str) -> None:
    RECIPE_CHECKS[check](Recipe, MODEL, TASK)


class Longer(Doubled):
    """Targets are longer than promised."""

    def longest_target(self, length: int) -> int:
        return length

    def expected_alignment(self, length: int) -> list[int]:
        return [*range(length), length]


class Beyond(Copy):
    """A letter that is not in the alphabet."""

    def targets(self, sources: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        return torch.where(sources > 0, sources + 1, sources), lengths


class Padded(Copy):
    """The order depends on the padding."""

    def targets(self, sources: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        return sources.flip(1), lengths


class Drawn(Copy):
    def draw_sources(self, lengths: Tensor, letters: int, generator: torch.Generator) -> Tensor:
        return super().draw_sources(lengths, letters, torch.default_generator)


@pytest.mark.parametrize(
    ("task", "check", "message"),
    [
        (Longer, "sources and targets", r"longest_target\(5\) is 5, but a target has 10 letters"),
        (Longer, "the expected alignment", r"expected_alignment\(1\) has 2 positions; expected 1, one for each letter"),
        (Beyond, "sources and targets", "target: tokens .* expected letters, from 3 to 3"),
        (Padded, "a target does not", "targets of a source alone and in a batch: they differ"),
        (Drawn, "equal seeds", "sources of the same seed: they differ"),
    ],
)
def test_a_wrong_task_fails_with_a_message(
    task: type[Task], check: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TASKS, "wrong", task)
    with pytest.raises(AssertionError, match=message):
        chosen(TASK_CHECKS, check)("wrong")


class Undeclared(Recipe):
    def measure(self, model: Seq2Seq, examples: Examples, size: int) -> dict[str, float]:
        return {"extra": 1.0}


class Endless(Undeclared):
    extra_metrics = ("extra",)

    def measure(self, model: Seq2Seq, examples: Examples, size: int) -> dict[str, float]:
        return {"extra": float("nan")}


class Counted(Endless):
    calls = 0

    def measure(self, model: Seq2Seq, examples: Examples, size: int) -> dict[str, float]:
        Counted.calls += 1
        return {"extra": float(Counted.calls)}


class Shifted(Recipe):
    """The position in its stream is not restored."""

    def examples(
        self, task: TaskConfig, training: TrainConfig, seed: int, stream: str, device: torch.device
    ) -> Examples:
        class Forgetful(Examples):
            def set_state(self, state: list[Tensor]) -> None:
                pass

        return Forgetful(task, seed, stream, device)


class Silent(Recipe):
    """Its rule has no words."""

    def is_solved(self, *_: object) -> bool:
        return True


@pytest.mark.parametrize(
    ("recipe", "check", "message"),
    [
        (Silent, "`stops` says", "`stops` is ''; expected the rule of `is_solved` in words"),
        (Undeclared, "`measure` returns", r"measure returns \['extra'\]; expected \[\], as extra_metrics declares"),
        (Endless, "`measure` returns", "extra is nan; expected a finite number"),
        (Counted, "equal seeds", "two trainings with the same seed has other epochs"),
        (Shifted, "a resumed", "a training that is resumed after its first epoch has other epochs"),
    ],
)
def test_a_wrong_recipe_fails_with_a_message(recipe: type[Recipe], check: str, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        chosen(RECIPE_CHECKS, check)(recipe, MODEL, TASK)
