"""`retrograde list`, and the settings that `--set help` prints."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from results.errors import InputError
from results.terminal.command_line import WIDEST_HELP
from results.terminal.output import Result
from results.text import single_line
from seq2seq_core.config import ConfigError
from seq2seq_core.config.documentation import describe_settings
from studies.commands.values import setting_text
from studies.design.setup import CONFIGS
from studies.sources.source import find, load_code, offered_names


@dataclass(frozen=True)
class StudyList(Result):
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


def print_settings(files: Sequence[str]) -> None:
    """Prints what `--set` accepts: each setting with its default, its values and what it means. The parts of these
    files are among the values."""
    for file in files:
        try:
            load_code(file)
        except ConfigError as error:
            raise InputError(str(error)) from error
    for part, config in CONFIGS.items():
        print(f"{part}: KEY=DEFAULT, values")
        for setting in describe_settings(config):
            print(f"  {setting.name}={setting_text(setting.default)}".ljust(32), setting.accepts)
            for line in textwrap.wrap(setting.description, WIDEST_HELP - 6):
                print(f"      {line}")
