"""`retrograde check-parts`: runs the conformance checks on the scores, cells, tasks and recipes of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType

from results.text import plural
from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig
from seq2seq_core.conformance.cells import CELL_CHECKS
from seq2seq_core.conformance.recipes import RECIPE_CHECKS
from seq2seq_core.conformance.scores import SCORE_CHECKS
from seq2seq_core.conformance.tasks import TASK_CHECKS
from seq2seq_core.layers.cells import CELLS, Cell
from seq2seq_core.layers.scores import SCORES, Score
from seq2seq_core.recipe import RECIPES, Recipe
from seq2seq_core.tasks import TASKS, Task
from studies.design.study import Study
from studies.design.study_file import mistake
from studies.recipes.registry import build_recipe
from studies.sources.code import Files
from studies.sources.source import load_code

PARTS = (Score, Cell, Task, Recipe)

Check = tuple[str, str, Callable[[], None]]
"""The part, what the check shows, and the check."""


def check_parts(given: str) -> int:
    """Prints a line for each check of each part that a file, or the modules beside it that it imports, define; returns
    the exit status: 1 if a check fails. ConfigError if the file has a mistake, or no part."""
    module, files = load_code(given)
    failed = 0
    checks = [*_checks(files, getattr(module, "STUDY", None))]
    if not checks:
        raise ConfigError(f"{given}: {_no_part(module)}")
    for part, shown, check in checks:
        trouble = _trouble(check, files)
        failed += trouble is not None
        print(f"{part}: {shown}: {'passed' if trouble is None else f'FAILED: {trouble}'}", flush=True)
    print(f"{plural(len(checks), 'check')}, {failed} failed")
    return 1 if failed else 0


def _no_part(module: ModuleType) -> str:
    for name, part in vars(module).items():
        if isinstance(part, type) and issubclass(part, PARTS) and part.__module__ == module.__name__:
            bases = ", ".join(base.__name__ for base in part.__bases__)
            return f"class {name} has no name in its class line; expected class {name}({bases}, name={name.lower()!r})"
    return "it defines no part; expected a class with a name, such as class Mine(Score, name='mine')"


def _checks(files: Files, study: object) -> Iterator[Check]:
    paths = files.paths.values()
    for registry, table in ((SCORES, SCORE_CHECKS), (CELLS, CELL_CHECKS), (TASKS, TASK_CHECKS)):
        for name in registry.of_files(paths):
            for shown, check in table.items():
                yield f"{registry.kind} {name}", shown, partial(check, name)
    for name in RECIPES.of_files(paths):
        # A recipe may be made for the model and the task of its study.
        model, task = ModelConfig(embedding_size=3, hidden_size=4), TaskConfig(letters=2, min_length=1, max_length=3)
        if isinstance(study, Study) and study.recipe == name:
            model, task = study.base, study.task
        for shown, check_recipe in RECIPE_CHECKS.items():
            make = partial(build_recipe, name, (), model.score)
            yield f"recipe {name}", shown, partial(check_recipe, make, model, task)


def _trouble(check: Callable[[], None], files: Files) -> str | None:
    """Why a check fails, in one line; None if it passes."""
    try:
        check()
    except AssertionError as error:
        return " ".join(str(error).split()) or "AssertionError"
    except Exception as error:  # of the part, whose line is named
        return mistake([files.main, *files.paths.values()], error)
    return None
