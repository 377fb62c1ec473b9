"""`retrograde describe`: updates the descriptions of a study in the provenance of recorded rows.

The descriptions are the question, the names of the comparisons and how they answer the question, and the published
values, which are shown beside the measured ones, with the differences from their experiment. Everything that was
measured and compared must be declared as it was, so that no row has to be measured again after a change of
descriptions. The file of a study from outside this project is compared with its copy in the folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from results.errors import InputError
from results.tables import provenance
from results.terminal.folder_lock import lock_folder
from seq2seq_core.config import ConfigError
from seq2seq_core.config.task import PATHS, pair_settings
from studies.commands.export import settings_of
from studies.commands.request import Request
from studies.commands.values import setting
from studies.design.setup import DEFAULTS
from studies.sources.code import files_of
from studies.sources.source import find
from studies.sources.wording import DESCRIPTIONS, check_wording

_NOT_COMPARED = (
    "question",
    "decision",
    "published",
    "differences",
    "settled_runs",
    "machines",
    "processors",
    "described",
)
"""Settings of the provenance that only describe, or do not follow from the declaration."""
_LENGTHS = ("shortest_source", "longest_source", "longest_target")
_OPTIONAL = ("differences", "decision")
"""Descriptions that only some studies have."""
_ADDED = ("recipe", "stops", "changed", "at_levels")
"""Settings that rows of an earlier version may lack."""


def describe(folder: Path, study: str | None, data: Mapping[str, str | None]) -> int:
    """Updates the folder's provenance and returns the exit status. `study` is the file, or the module, of a study from
    outside this project. `data`: the files of its pairs, where they are no longer those of the recorded command.

    Raises InputError if the study, as declared now, measures or compares something else than what is recorded.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; expected the output folder of a study")
    with lock_folder(folder):
        part = provenance.read(folder).get("study")
        if part is None:
            raise InputError(f"{folder}: no study in provenance.json; expected the output folder of a study")
        recorded = part["settings"]
        code = _files(recorded)
        _check_given(folder, recorded, study)
        if study:
            check_wording(files_of(study), code, folder)
        request = _request(part, study, data)
        declared = _declared(folder, request)
        if study:
            declared["code"] = {**declared["code"], **code}
        if different := _differences(recorded, declared):
            raise InputError(
                f"{folder}: recorded with other {', '.join(different)} than the study {request.name} declares now; "
                "expected a study that differs only in its descriptions"
            )
        descriptions = {key: declared[key] for key in DESCRIPTIONS if key in declared}
        settings = {key: value for key, value in recorded.items() if key not in _OPTIONAL} | descriptions
        if all(recorded.get(key) == settings.get(key) for key in (*descriptions, *_OPTIONAL)):
            print(f"{folder}: the descriptions are already those of the study {request.name}")
            return 0
        described = {
            "at": provenance.utc(datetime.now(UTC)),
            "commit": provenance.surroundings(None)["commit"],
        }
        provenance.change_settings(folder, "study", {**settings, "described": described})
    print(f"{folder}: {settings['question']}")
    return 0


def _files(recorded: Mapping[str, Any]) -> dict[str, str]:
    """The hashes of the files of a study from outside."""
    return {name: digest for name, digest in recorded.get("code", {}).items() if name.endswith(".py")}


def _check_given(folder: Path, recorded: Mapping[str, Any], study: str | None) -> None:
    """InputError if the option --study is missing, or has no use."""
    name = recorded["name"]
    if study and not _files(recorded):
        raise InputError(f"{folder}: the study {name} is not from a file; expected no --study")
    if study and find(study).name != name:
        raise InputError(f"{folder}: it holds the study {name}; expected its file, not {study}")
    if "code" in recorded and not study:
        remedy = "expected --study and its file" if _files(recorded) else "expected a new run in another folder"
        raise InputError(
            f"{folder}: the study {name} has code from outside this project, which is part of its runs; {remedy}"
        )


def _request(part: Mapping[str, Any], study: str | None, data: Mapping[str, str | None]) -> Request:
    """The request of the command that wrote the rows, as far as the arms of the study are still declared."""
    command: list[str] = part["command"]
    changes = [word for option, word in pairwise(command) if option == "--set"]
    changes += [word.removeprefix("--set=") for word in command if word.startswith("--set=")]
    own = {name: data.get(name) or _value(command, f"--{name.replace('_', '-')}") for name in (*PATHS, "units")}
    recorded = part["settings"]
    source = find(study or recorded["name"])
    arms, factors = source.study.arms, source.study.factors_at(part["profile"])
    return Request(
        name=recorded["name"],
        profile=part["profile"],
        source=source.given,
        seeds=recorded["seeds"],
        settings={**dict(map(setting, changes)), **pair_settings(**own)},
        device="cuda" if part["machine"]["gpu"] else "cpu",
        arms=[name for name in recorded["arms"] if name in arms],
        levels={name: levels for name, levels in recorded["factors"].items() if name in factors},
        added={name: settings for name, settings in recorded["arms"].items() if name not in arms},
    )


def _value(command: Sequence[str], option: str) -> str | None:
    """The value of an option in a command; None without it."""
    words = [word for before, word in pairwise(command) if before == option]
    words += [word.removeprefix(f"{option}=") for word in command if word.startswith(f"{option}=")]
    return words[0] if words else None


def _declared(folder: Path, request: Request) -> dict[str, Any]:
    """The settings that `run` would record now."""
    try:
        return settings_of(request.name, request.plan(), {})
    except ConfigError as error:
        raise InputError(f"{folder}: {error}; expected a study that is declared as it was") from error


def _differences(recorded: Mapping[str, Any], declared: Mapping[str, Any]) -> list[str]:
    """The names of the settings that differ, without the descriptions."""
    before, now = _without_descriptions(recorded), _without_descriptions(declared)
    names = [name for name in dict.fromkeys([*before, *now]) if name in before or name not in _ADDED]
    return [name for name in names if before.get(name) != now.get(name)]


def _without_descriptions(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What defines the measurements and comparisons. A setting that was added since has its default."""
    kept = {key: value for key, value in settings.items() if key not in _NOT_COMPARED}
    if "tuning" in kept:
        kept["tuning"] = {key: value for key, value in kept["tuning"].items() if key != "chosen"}
    if "at_levels" in kept:  # the lengths follow from the task
        kept["at_levels"] = [
            {key: value for key, value in at.items() if key not in _LENGTHS} for at in kept["at_levels"]
        ]
    return {
        **kept,
        **{part: {**json.loads(json.dumps(own)), **kept.get(part, {})} for part, own in DEFAULTS.items()},
        "contrasts": [(one["arm"], one["against"]) for one in kept.get("contrasts", [])],
        "switches": [one["pairs"] for one in kept.get("switches", [])],
    }
