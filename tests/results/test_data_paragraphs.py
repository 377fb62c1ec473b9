"""What a report says of the user's own pairs: which they are, how many are used, and what makes the scores say less."""

from typing import Any

import pandas as pd
import pytest

from results import figures
from results.analysis.study.attention_maps import chosen_maps
from results.analysis.study.own_data import data_paragraphs, question_of, unit_of


def counts(pairs: int, **others: int) -> dict[str, int]:
    return {
        "pairs": pairs, "unknown_in_sources": 0, "unknown_in_targets": 0, "duplicates": 0, "sources_in_training": 0,
        **others,
    }  # fmt: skip


def settings(**changes: Any) -> dict[str, Any]:
    data = {
        "units": "characters", "vocabulary": 1_234, "files": [{"set": "train", "name": "a.tsv", "pairs": 2_000}],
        "split": {"seed": 3, "sets": ["evaluation", "test"]}, "used": {"evaluation": 200, "test": 200},
        "sets": {"train": counts(1_600), "evaluation": counts(200), "test": counts(200)},
        **changes,
    }  # fmt: skip
    return {"question": "Which?", "data": [data]}


def test_a_study_of_drawn_examples_says_nothing_of_data() -> None:
    assert data_paragraphs({"question": "Which?"}) == []
    assert question_of({"question": "Which?"}) == "Which?"
    assert unit_of({}) == "letter"


def test_a_study_of_a_file_names_it_and_its_split() -> None:
    assert question_of(settings()) == "Which? (data: a.tsv)"
    assert unit_of(settings()) == unit_of({"units": "characters"}) == "character"
    assert data_paragraphs(settings()) == [
        "Data: a.tsv, 2,000 pairs of source and target, by characters: 1,600 for training, 200 for the evaluation "
        "after each epoch and 200 for the test. Evaluation and test were split off with seed 3, equal sources "
        "together. The vocabulary has the 1,234 characters of the training pairs."
    ]


def test_the_question_names_the_settings_of_the_model_that_a_command_has_changed() -> None:
    changed = {"cell": "lstm", "bidirectional": False}
    assert question_of({"question": "Which?", "changed": changed}) == "Which? (cell=lstm, bidirectional=false)"
    assert question_of({**settings(), "changed": {"layers": 2}}) == "Which? (data: a.tsv, layers=2)"
    factors = {"max_length": [160], "score": ["dot", "general"]}
    assert question_of({"question": "Which?", "factors": factors}) == "Which? (max_length=160)"


def test_what_makes_the_scores_say_less_is_said() -> None:
    files = [{"set": "train", "name": "a.tsv", "pairs": 10}, {"set": "test", "name": "b.csv", "pairs": 1_000}]
    sets = {
        "train": counts(8, duplicates=2),
        "evaluation": counts(2),
        "test": counts(1_000, unknown_in_sources=4, unknown_in_targets=5, duplicates=1, sources_in_training=7),
    }
    split = {"seed": 0, "sets": ["evaluation"]}
    used = {"evaluation": 2, "test": 100}
    given = settings(files=files, sets=sets, split=split, used=used, units="tokens")
    (text,) = data_paragraphs(given)
    assert question_of(given) == "Which? (data: a.tsv, b.csv)"
    for sentence in (
        "Data: a.tsv and b.csv, 1,010 pairs of source and target, by tokens: 8 for training, 2 for",
        "Evaluation was split off with seed 0, equal sources together.",
        "The test uses 100 of its 1,000 pairs, the same for all runs.",
        "7 of the test pairs have a source that is also in the training pairs, so a model may have memorised them.",
        "The test pairs have tokens that are in no training pair, 4 in sources and 5 in targets; each of these in a "
        "target counts as an error.",
        "Pairs that repeat an earlier pair of their set: 2 in train and 1 in test.",
    ):
        assert sentence in text


@pytest.mark.parametrize(("count", "every"), [(5, 1), (60, 10)])
def test_tokens_are_labels_of_heat_maps(count: int, every: int) -> None:
    words = [f"word{place}" if place % 2 else "a-very-long-word-indeed" for place in range(1, count + 1)]
    rows = pd.DataFrame(
        [
            {"run_id": "r1", "model": "dot", "example": "x", "target_position": target, "predicted": "one two",
             "source_position": place, "source": word, "weight": 1 / count}
            for target in (1, 2)
            for place, word in enumerate(words, start=1)
        ]
    )  # fmt: skip
    figure = figures.examples(chosen_maps(rows, {"units": "tokens", "expected_alignments": []}))
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    shown = [word for place, word in enumerate(words, start=1) if place == 1 or place % every == 0]
    assert labels == [word if len(word) <= 16 else f"{word[:15]}…" for word in shown]
    assert {label.get_rotation() for label in figure.axes[0].get_xticklabels()} == {90.0}
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["one two", "one two"]
    assert figure.get_supxlabel() == "source token"
