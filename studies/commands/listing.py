"""`retrograde list | show`."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from results.statistics import pairs_needed
from results.tables.atomic_write import reason_of
from results.tables.column import plural, single_line
from results.terminal.command_line import WIDEST_HELP
from results.terminal.process import say
from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.config.documentation import describe_settings
from studies.commands.own_data import notices, summary_line
from studies.commands.request import Request
from studies.engine.pool import default_workers
from studies.engine.time_estimate import estimate_seconds
from studies.planning.plan import Plan
from studies.sources.source import find, offered_names


@dataclass(frozen=True)
class StudyList:
    """The studies that a name is enough for."""

    questions: Mapping[str, str]
    errors: Mapping[str, str]
    """Of studies that cannot be loaded."""

    @classmethod
    def read(cls) -> StudyList:
        questions, errors = {}, {}
        for name in offered_names():
            try:
                questions[name] = find(name).study.question
            except ConfigError as error:
                errors[name] = str(error)
        return cls(questions, errors)

    def lines(self) -> Iterator[str]:
        listed = {**self.questions, **{name: f"cannot be loaded: {error}" for name, error in self.errors.items()}}
        for name, text in sorted(listed.items()):
            yield single_line(f"{name:{max(map(len, listed))}}  {text}")

    def document(self) -> dict[str, Any]:
        studies = [{"name": name, "question": question, "error": None} for name, question in self.questions.items()]
        return {"studies": studies + [{"name": name, "question": None, "error": e} for name, e in self.errors.items()]}


def print_settings() -> None:
    """Prints what `--set` accepts: each setting with its default, its values and what it means."""
    for part, config in {"model": ModelConfig, "task": TaskConfig, "training": TrainConfig}.items():
        print(f"{part}: KEY=DEFAULT, values")
        for setting in describe_settings(config):
            print(f"  {setting.name}={_value(setting.default)}".ljust(32), setting.accepts)
            for line in textwrap.wrap(setting.description, WIDEST_HELP - 6):
                print(f"      {line}")


def show(request: Request, *, estimate: bool) -> int:
    """Prints the question of a study, what it compares, its number of runs, and with `estimate` their time."""
    planned = request.plan()
    study = planned.study
    sizes = [plural(len(study.arms), "arm"), *(f"{len(levels)} {name}" for name, levels in planned.factors.items())]
    print(f"{request.name}: {study.question}\n")
    print(f"profile   {planned.profile}")
    width = max(map(len, study.arms))
    for line, (name, arm) in enumerate(study.arms.items()):
        baseline = "  (the baseline)" if name == study.baseline else ""
        what = ", ".join(filter(None, [_settings(arm.overrides), *arm.slips]))
        print(f"{'' if line else 'arms':10}{name:{width}}  {what}{baseline}")
    factors = [f"{name}: {', '.join(map(_value, levels))}" for name, levels in planned.factors.items()]
    print(f"factors   {'; '.join(factors) or 'none'}")
    print(f"seeds     {', '.join(map(str, planned.seeds))}")
    print(f"primary   {study.primary}")
    family = (len(study.contrasts) + len(study.switches) or len(study.arms) - 1) * math.prod(
        map(len, planned.factors.values())
    )
    if family:
        needed = plural(pairs_needed(family), "seed")
        print(f"compared  {plural(family, 'comparison')}; a verdict needs {needed} or more")
    if study.decision and study.decision.left_out:
        print(f"left out  comparisons that answer the question: {'; '.join(study.decision.left_out)}")
    if study.uncompared_arms:
        print(f"alone     no comparison covers {', '.join(study.uncompared_arms)}")
    print(f"model     {_settings(planned.setup.model.to_dict())}")
    print(f"task      {_settings(planned.setup.task.to_dict())}")
    for data in planned.data:
        print(f"data      {summary_line(data)}")
    for notice in notices(planned.data):
        say(notice)
    print(f"training  {_settings(planned.setup.training.to_dict())}")
    if study.recipe != "plain":
        print(f"recipe    {study.recipe}")
    runs = " x ".join([*sizes, plural(len(planned.seeds), "seed")])
    if planned.tuning:
        print(f"tuning    {planned.tuning.describe()}")
        trials = [plural(planned.tuning.trials_per_arm, "trial"), plural(planned.tuning.seeds, "tuning seed")]
        runs = f"at most {' x '.join([*sizes, *trials])} + {runs}"
    print(f"runs      {runs} = {planned.size}")
    if estimate:
        print(f"time      {_time(planned, default_workers(request.device))}", flush=True)
    return 0


def _time(planned: Plan, workers: int) -> str:
    """An estimate, or the reason why there is none."""
    try:
        seconds = estimate_seconds(planned, workers)
    except Exception as error:  # of the model, or of code from outside; a run would fail in the same way
        return single_line(f"unknown, because a training step fails: {type(error).__name__}: {reason_of(error)}")
    most = "at most " if planned.tuning else ""
    return (
        f"{most}about {duration(seconds)} of training with {plural(workers, 'worker')} here; estimated from some steps "
        "of each arm, without start and report"
    )


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


def _settings(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in settings.items())


def _value(value: Any) -> str:
    """The value of a setting as the user writes it after --set."""
    return "none" if value is None else value if isinstance(value, str) else json.dumps(value)
