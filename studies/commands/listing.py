"""`retrograde list | show`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from results.statistics import pairs_needed
from results.tables.column import plural, single_line
from results.terminal.process import say
from seq2seq_core.config import ConfigError
from studies import catalog
from studies.commands.own_data import notices, summary_line
from studies.commands.request import Request


def list_studies() -> int:
    """Prints the name and question of each study, or the error in its file."""
    names = catalog.names()
    for name in names:
        try:
            line = catalog.load(name).question
        except ConfigError as error:
            line = f"cannot be loaded: {error}"
        print(single_line(f"{name:{max(map(len, names))}}  {line}"))
    return 0


def show(request: Request) -> int:
    """Prints the question of a study, what it compares, and its number of runs."""
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
    return 0


def _settings(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in settings.items())


def _value(value: Any) -> str:
    """The value of a setting as the user writes it after --set."""
    return "none" if value is None else value if isinstance(value, str) else json.dumps(value)
