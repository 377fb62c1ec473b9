"""What a study of the user's own pairs says of its data: the names of the files, sizes, split, and what was counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from results.analysis.formatting import listed, plural
from results.text import format_setting

_USES = {"train": "training", "evaluation": "the evaluation after each epoch", "test": "the test"}


def unit_of(settings: Mapping[str, Any]) -> str:
    """What sources consist of: letters, or the characters or tokens of own pairs.

    `settings` are those of a study, or of the part `examples`.
    """
    units = [settings.get("units"), *(data["units"] for data in settings.get("data", []))]
    return next((noun for noun in ("character", "token") if f"{noun}s" in units), "letter")


def question_of(settings: Mapping[str, Any]) -> str:
    """The question of a study, with the names of its files if it has own pairs, the settings of the model that the
    command has changed, and the level of a factor that has only one."""
    names = file_names(settings)
    single = {name: levels[0] for name, levels in settings.get("factors", {}).items() if len(levels) == 1}
    changed = [f"{name}={format_setting(value)}" for name, value in {**settings.get("changed", {}), **single}.items()]
    notes = [*([f"data: {', '.join(names)}"] if names else []), *changed]
    return f"{settings['question']} ({', '.join(notes)})" if notes else settings["question"]


def file_names(settings: Mapping[str, Any]) -> list[str]:
    """The names of the files of own pairs; none for drawn examples. `settings` are those of a study or a session."""
    return list(dict.fromkeys(name for data in settings.get("data", []) for name in names_of(data)))


def names_of(data: Mapping[str, Any]) -> list[str]:
    """The names of the files of a data set. A file that was given for two parts has its name once."""
    return list(dict.fromkeys(file["name"] for file in data["files"]))


def data_paragraphs(settings: Mapping[str, Any]) -> list[str]:
    """A paragraph for each data set of a study; none without own pairs."""
    return [_paragraph(data) for data in settings.get("data", [])]


def _paragraph(data: Mapping[str, Any]) -> str:
    names = listed(names_of(data))
    pairs = plural(sum(file["pairs"] for file in data["files"]), "pair")
    sizes = listed([f"{one['pairs']:,} for {_USES[name]}" for name, one in data["sets"].items()])
    split = data["split"]
    sentences = [
        f"Data: {names}, {pairs} of source and target, by {data['units']}: {sizes}.",
        f"{' and '.join(split['sets']).capitalize()} {'were' if len(split['sets']) > 1 else 'was'} split off with seed "
        f"{split['seed']}, equal sources together."
        if split["sets"]
        else "",
        *_capped(data),
        f"The vocabulary has the {data['vocabulary']:,} {data['units']} of the training pairs.",
        *_counted(data),
    ]
    return " ".join(filter(None, sentences))


def _capped(data: Mapping[str, Any]) -> list[str]:
    """The sets of which only the first pairs are used."""
    return [
        f"{_USES[name].capitalize()} uses {used:,} of its {data['sets'][name]['pairs']:,} pairs, the same for all runs."
        for name, used in data["used"].items()
        if used < data["sets"][name]["pairs"]
    ]


def _counted(data: Mapping[str, Any]) -> Sequence[str]:
    """What makes the scores easier to reach, or lower."""
    found = []
    for name in ("evaluation", "test"):
        one = data["sets"][name]
        if one["sources_in_training"]:
            found.append(
                f"{one['sources_in_training']:,} of the {name} pairs have a source that is also in the training pairs, "
                "so a model may have memorised them."
            )
        if one.get("sources_in_evaluation"):
            found.append(
                f"{one['sources_in_evaluation']:,} of the {name} pairs have a source that is also in the evaluation "
                "pairs, so the choice of settings may depend on them."
            )
        if one["unknown_in_targets"] or one["unknown_in_sources"]:
            found.append(
                f"The {name} pairs have {data['units']} that are in no training pair, {one['unknown_in_sources']:,} in "
                f"sources and {one['unknown_in_targets']:,} in targets; each of these in a target counts as an error."
            )
    repeated = {name: one["duplicates"] for name, one in data["sets"].items() if one["duplicates"]}
    if repeated:
        counts = listed([f"{count:,} in {name}" for name, count in repeated.items()])
        found.append(f"Pairs that repeat an earlier pair of their set: {counts}.")
    return found
