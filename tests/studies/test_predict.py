"""`predict` prints what the best model of a folder, or the chosen one, predicts, or one line on what is wrong."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from commands import TINY, planned, refused

from results.errors import InputError
from results.tables import provenance
from seq2seq_core import ModelConfig, TaskConfig, TrainConfig, load, train
from studies.command_line.cli import main
from studies.commands.export import export_tables
from studies.engine.checkpoints import Checkpoints
from studies.models.kept_models import choose_model
from studies.models.predict import Predictions, predict, read_sources
from studies.training.train_run import train_to_rows

ACCURACY = {"none": 0.5, "dot": 0.6, "general": 0.75, "additive": 0.7}
MATCH = {"none": 0.1, "dot": 0.4, "general": 0.2, "additive": 0.3}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study of two seeds. The kept model of general, the best arm, is worse than its other one."""
    folder = tmp_path_factory.mktemp("kept")
    todo, checkpoints = planned({**TINY, "max_length": 9}, seeds=2), Checkpoints(folder)
    finished = {}
    for run in todo.initial_runs:
        rows = train_to_rows(run, lambda point: None, on_checkpoint=partial(checkpoints.write, run.run_id))
        accuracy = ACCURACY[run.variant.arm]
        if run.variant.arm == "general":
            accuracy += 0.5 * (run.seed - 0.5)
        rows["runs"][0] |= {"levenshtein_accuracy": accuracy, "exact_match": MATCH[run.variant.arm]}
        finished[run.run_id] = rows
        if run.seed == 0:
            checkpoints.keep(run.run_id)
    export_tables(folder, "attention", todo, finished)
    return folder


def model_of(kept: Path, arm: str) -> Path:
    return choose_model(kept, arm)[0].path


def test_the_best_model_of_a_folder_is_that_of_the_arm_with_the_highest_mean(kept: Path) -> None:
    model, why, notes = choose_model(kept, None)
    assert (model.arm, model.seed) == ("general", 0)
    assert why == "the highest mean levenshtein_accuracy of 4, 0.7500 on the test set"
    assert notes == []


def copy_of(kept: Path, folder: Path, *without: str) -> Path:
    """The folder of a study without the models of these arms, as if `work` had trained them on another machine."""
    shutil.copytree(kept, folder)
    for arm in without:
        model_of(folder, arm).unlink()
    return folder


def test_arms_without_a_model_are_named_and_there_is_a_note_if_one_of_them_is_the_best(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(kept, tmp_path / "lower", "dot")
    predict(folder, ["ab"], arm=None)
    (line,) = capsys.readouterr().err.splitlines()
    assert (
        "general, seed 0 (the highest mean levenshtein_accuracy of 3, 0.7500 on the test set; no kept model of dot)"
        in line
    )

    folder = copy_of(kept, tmp_path / "higher", "dot", "general")
    predict(folder, ["ab"], arm=None)
    model, note = capsys.readouterr().err.splitlines()
    assert "additive, seed 0 (the highest mean levenshtein_accuracy of 2, 0.7000 on the test set; " in model
    assert model.count("no kept model of dot, general)") == 1
    assert note == (
        f"retrograde: note: a higher mean levenshtein_accuracy, but no kept model in {folder / 'models'}: general "
        "(0.7500); `work` keeps the models that it trains in its own folder"
    )
    predict(folder, ["ab"], arm="none")
    assert "(as chosen): " in capsys.readouterr().err
    with pytest.raises(InputError, match="no kept model of the arm 'general'; `work` keeps the models that it trains"):
        choose_model(folder, "general")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text[: text.rindex("dot") + 3], "expected the columns arm and seed, and a cell for each column"),
        (lambda text: text.replace(",arm,", ",arms,", 1), "expected the columns arm and seed"),
        (lambda text: text.replace(",seed,", ",seeds,", 1), "expected the columns arm and seed"),
        (lambda text: f"{text.rstrip()},1\n", "a cell for each column"),
        (lambda text: text.replace(",0.6,", ",nan,", 1), "levenshtein_accuracy 'nan' of the run"),
    ],
)
def test_a_damaged_table_is_one_line(
    kept: Path, tmp_path: Path, damage: Callable[[str], str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table = copy_of(kept, tmp_path / "copy") / "runs.csv"
    table.write_text(damage(before := table.read_text()))
    assert table.read_text() != before
    line = refused(["predict", str(table.parent), "ab"], capsys)
    assert "runs.csv" in line
    assert words in line
    if "nan" not in words:  # the metrics are those of `predict`
        assert refused(["align", str(table.parent), "--example", "ab"], capsys) == line


def test_the_accuracy_of_the_primary_metric_decides(kept: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    for name in ("models", "runs.csv"):
        (folder / name).symlink_to(kept / name)
    provenance.record(
        folder,
        "study",
        command=[],
        profile="smoke",
        threads=1,
        gpu=None,
        started=datetime.now(UTC),
        settings={"primary": "exact_match"},
    )
    assert choose_model(folder, None)[0].arm == "dot"


def test_predictions_are_printed_in_order_and_the_model_on_stderr(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = ["abcd", "a", "ddca", "a"]
    found = predict(kept, sources, arm=None)
    shown = capsys.readouterr()
    expected = load(model_of(kept, "general")).predict(sources)
    assert list(found.lines()) == expected
    assert shown.out == ""
    assert shown.err.startswith("retrograde: model: general, seed 0 (the highest mean levenshtein_accuracy of 4,")


def test_a_prediction_is_one_line_without_control_characters() -> None:
    texts = ["a\nb", "\x1b[31mred", "a\u2028b\t\x9b", "déjà\u00a0vu", "a\\nb"]
    printed = Predictions({}, texts, texts, [[]] * len(texts))
    assert printed.lines() == ["a\\nb", "\\x1b[31mred", "a\\u2028b\\t\\x9b", "déjà\u00a0vu", "a\\nb"]
    assert [one["prediction"] for one in printed.document()["predictions"]] == texts


def test_a_chosen_arm_or_a_checkpoint_is_used(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = model_of(kept, "dot")
    for path, arm in ((kept, "dot"), (file, None)):
        document = predict(path, ["abcd"], arm=arm).document()
        named: dict[str, Any] = {"arm": "dot", "seed": 0} if path == kept else {}
        assert document == {
            "model": {**named, "path": str(file)},
            "predictions": [{"source": "abcd", "prediction": load(file).predict("abcd"), "unknown": []}],
        }
        assert str(file) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("sources", "arm", "words"),
    [
        (["abcd"], "dto", "no kept model of the arm 'dto'; did you mean 'dot'"),
        ([], None, "no source is given; expected at least one, such as abcd"),
        (["ab", "abe"], None, "source 2: source 'abe': the letter 'e' is unknown"),
        ([""], None, "expected at least one letter"),
    ],
)
def test_what_cannot_be_predicted_is_refused_before_any_output(
    kept: Path, sources: list[str], arm: str | None, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match=words):
        predict(kept, sources, arm=arm)
    assert capsys.readouterr() == ("", "")


def test_a_path_without_a_model_is_refused(kept: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.checkpoint"
    damaged.write_bytes(model_of(kept, "dot").read_bytes()[:-1])
    for path, arm, words in (
        (tmp_path, None, "no kept models of the runs in runs.csv"),
        (tmp_path / "nothing", None, "No such file"),
        (damaged, None, "damaged: its content does not match its digest"),
        (damaged, "dot", "--arm chooses a model of a folder"),
    ):
        with pytest.raises(InputError, match=words):
            predict(path, ["ab"], arm=arm)


def test_the_command_reads_sources_from_its_arguments_a_file_or_standard_input(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = load(model_of(kept, "dot")).predict(["abcd", "ca"])
    file = tmp_path / "sources.txt"
    file.write_text("abcd\nca\n")
    for given in (["abcd", "ca"], ["--file", str(file)], ["-"]):
        with file.open() as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            assert main(["predict", str(kept), "--arm", "dot", *given]) == 0
        assert capsys.readouterr().out.splitlines() == expected
    assert main(["predict", str(kept), "abcd", "ca", "--arm", "dot", "--json"]) == 0
    assert [one["prediction"] for one in json.loads(capsys.readouterr().out)["predictions"]] == expected
    assert "expected one of the two" in refused(["predict", str(kept), "ab", "--file", str(file)], capsys)
    assert "no source is given" in refused(["predict", str(kept)], capsys)


def test_the_units_that_a_model_of_own_pairs_does_not_know_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task = TaskConfig(task="pairs", data="plurals")
    size = TrainConfig(epochs=1, steps_per_epoch=1, batch_size=4, evaluation_size=4, test_size=4)
    model = train(ModelConfig(embedding_size=3, hidden_size=4), task, size, seed=0).model
    assert model
    file = tmp_path / "plurals.model"
    model.save(file)
    assert main(["predict", str(file), "cat", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["predictions"][0]["unknown"] == []
    assert err.count("\n") == 1
    line = "note: 7 characters of the sources are in no training pair; the model reads each as unknown: "
    line += "'T', 'ü', 'E', 'N', ' ', ..."
    assert main(["predict", str(file), "Tüt", "TEN 1ß", "--json"]) == 0
    out, err = capsys.readouterr()
    assert [one["unknown"] for one in json.loads(out)["predictions"]] == [["T", "ü"], ["T", "E", "N", " ", "1", "ß"]]
    assert err.splitlines()[1:] == [f"retrograde: {line}"]
    other = tmp_path / "other.model"
    other.write_bytes(file.read_bytes())
    out_folder = ["--out", str(tmp_path / "out")]
    assert main(["align", str(file), str(other), "--example", "tüt", *out_folder]) == 0
    found = [line for line in capsys.readouterr().err.splitlines() if "note" in line]
    assert found == [
        "retrograde: note: 1 character of the sources is in no training pair; the model reads it as unknown: 'ü'"
    ]


def test_sources_are_the_lines_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "sources.txt"
    for data, expected in (
        (b"", []),
        (b"abcd", ["abcd"]),
        (b"abcd\n", ["abcd"]),
        (b"\xef\xbb\xbfab\r\ncd\r\n", ["ab", "cd"]),
        (b"ab\n\ncd\n", ["ab", "", "cd"]),
        ("zwölf ß\n".encode(), ["zwölf ß"]),
    ):
        file.write_bytes(data)
        assert read_sources(file) == expected
    file.write_bytes(b"ab\nc\xff\n")
    with pytest.raises(InputError, match=r"sources.txt, line 2: not UTF-8"):
        read_sources(file)
    with pytest.raises(InputError, match=r"none.txt: No such file"):
        read_sources(tmp_path / "none.txt")
