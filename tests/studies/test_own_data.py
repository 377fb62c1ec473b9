"""A study of the user's own pairs: from the command line to the report, and what happens if the files change."""

import dataclasses
import json
import re
import signal
from multiprocessing import Pipe
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from commands import ON_PAIRS, refused, run_words

from results.errors import InputError
from results.tables.csv_io import read_table
from seq2seq_core.config import TaskConfig
from studies import catalog
from studies.command_line.cli import main
from studies.commands.request import Request
from studies.commands.saved_request import LAST, check_outside, save_request
from studies.design.study import Profile
from studies.engine.queue import Queue
from studies.engine.storage import default_url, open_storage
from studies.engine.worker import EXIT_RETRY_TIMEOUT, WorkerConfig, run_worker
from studies.planning.plan import plan
from studies.planning.run import Run

WORDS = {"the": "der", "a": "ein", "dog": "Hund", "cat": "Kater", "sees": "sieht", "very": "sehr", "old": "alte"}
NOUNS = [f"{article} {very}old {noun}" for article in ("the", "a") for very in ("", "very ") for noun in ("dog", "cat")]
SENTENCES = [f"{one} sees {other}" for one in NOUNS for other in NOUNS]


def write(folder: Path, sentences: list[str], name: str = "pairs.tsv") -> str:
    lines = [f"{sentence}\t{' '.join(WORDS[word] for word in sentence.split())}\n" for sentence in sentences]
    (folder / name).write_text("".join(lines))
    return str(folder / name)


@pytest.mark.slow
def test_a_study_of_own_pairs_by_tokens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = write(tmp_path, SENTENCES), str(tmp_path / "out")
    train = ["run", "attention", *run_words(ON_PAIRS), "--seeds", "1", "--units", "tokens", "--out", out]
    assert main([*train, "--data", data, "--test-data", data, "--example", "the zebra sees a cat"]) == 0
    said = capsys.readouterr()
    assert f"data: {len(SENTENCES) - 6} of {len(SENTENCES)} test pairs have a source that is also in the" in said.err
    report = (tmp_path / "out/report.md").read_text()
    assert report.startswith("# Retrograde report\n\n## Does attention help? (data: pairs.tsv, hidden_size=8)\n")
    assert "Data: pairs.tsv, 128 pairs of source and target, by tokens: 58 for training, 6 for the evaluation" in report
    assert "The test uses 8 of its 64 pairs, the same for all runs." in report
    assert "58 of the test pairs have a source that is also in the training pairs" in report
    assert "a row for each predicted token" in report
    words = re.sub(r"\| task \|.*", "", report)  # the setting of the vocabulary's size is named letters
    assert not [word for word in ("letter", "string", "revers", "diagonal") if word in words]
    assert str(tmp_path) not in (tmp_path / "out/provenance.json").read_text()
    parts = json.loads((tmp_path / "out/provenance.json").read_text())["parts"]
    assert parts["study"]["command"][-6:] == [
        "--data", "pairs.tsv", "--test-data", "pairs.tsv", "--example", "the zebra sees a cat",
    ]  # fmt: skip
    assert parts["study"]["settings"]["primary"] == "levenshtein_accuracy"
    assert parts["study"]["settings"]["decision"]["yes"] == "higher"
    (recorded_data,) = parts["study"]["settings"]["data"]
    assert [file["set"] for file in recorded_data["files"]] == ["train", "test"]
    assert recorded_data["split"] == {"seed": 0, "sets": ["evaluation"]}
    assert recorded_data["content"] == parts["study"]["settings"]["task"]["content"]
    runs = read_table(tmp_path / "out", "runs")
    assert set(runs["status"]) == {"done"}
    assert runs["anti_diagonal"].isna().all()
    assert read_table(tmp_path / "out", "by_length").groupby("run_id")["n"].sum().unique() == [8]
    sources = read_table(tmp_path / "out", "examples").groupby("run_id")["source"].unique()
    assert {tuple(one) for one in sources} == {("the", "<unk>", "sees", "a", "cat")}

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)  # the provenance knows the files by their names alone
        assert main(["describe", out]) == 0
    Path(data).unlink()  # models need no files
    assert main(["align", out, "--example", "a dog"]) == 0
    assert "Heat maps of attention weights over the tokens of a dog" in (tmp_path / "out/report.md").read_text()
    capsys.readouterr()
    status = ["status", "attention", "--out", out]
    assert "pairs.tsv: no such file or directory; expected a file" in refused(status, capsys)
    moved = write(tmp_path, SENTENCES, "moved.tsv")
    files = ["--data", moved, "--test-data", moved]
    assert main([*status, *files]) == 0
    assert "4: 4 done" in capsys.readouterr().out
    for other in (SENTENCES[1:], SENTENCES[::-1]):
        write(tmp_path, other, "moved.tsv")
        line = refused([*status, *files], capsys)
        assert "moved.tsv: the study 'attention' was planned with other pairs; expected the same pairs" in line
    assert "planned with other pairs than those of moved.tsv" in refused([*train, *files], capsys)


def test_the_id_of_a_run_depends_on_the_pairs_and_not_on_their_file(tmp_path: Path) -> None:
    def first_run(data: str) -> Run:
        return plan(catalog.load("attention"), "smoke", settings={"task": "pairs", "data": data}).initial_runs[0]

    one = first_run(write(tmp_path, SENTENCES))
    (tmp_path / "folder").mkdir()
    same = first_run(write(tmp_path / "folder", SENTENCES, "other.tsv"))
    changed = first_run(write(tmp_path, SENTENCES[1:], "changed.tsv"))
    assert one.run_id == same.run_id != changed.run_id
    others = [one.variant.run(0, setting).run_id for setting in ({"units": "tokens"}, {"split_seed": 1})]
    assert len({one.run_id, *others}) == 3
    assert str(tmp_path) not in json.dumps(one.to_dict())
    assert Run.from_dict(one.to_dict()).setup.task.pairs.content == one.setup.task.content


def test_each_split_of_the_pairs_is_read_and_described(tmp_path: Path) -> None:
    """A factor may be the split, and its runs are read by their hash in a worker that has read all splits."""
    task = TaskConfig(task="pairs", data=write(tmp_path, SENTENCES))
    splits = (0, 1, 2, 3, 4, 5)
    attention = catalog.load("attention")
    profiles = {name: Profile(seeds=1) for name in attention.profiles}
    declared = dataclasses.replace(attention, task=task, factors={"split_seed": splits}, profiles=profiles)
    planned = plan(declared, "quick")
    assert [one.split_seed for one in planned.data] == [*splits]
    assert len({run.setup.task.content for run in planned.initial_runs}) == 1
    for run in planned.initial_runs:
        read = Run.from_dict(run.to_dict())
        assert (read.run_id, read.setup.task.pairs.split_seed) == (run.run_id, run.variant.levels["split_seed"])


def test_a_worker_elsewhere_needs_the_same_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = {"task": "pairs", "data": write(tmp_path, SENTENCES)}
    with open_storage(default_url(tmp_path)) as storage:
        save_request(Request(name="attention", profile="smoke", settings=settings), Queue(storage, "attention", print))
    given = ["--out", str(tmp_path), "--workers", "1"]
    assert main(["status", "attention", "--out", str(tmp_path)]) == 0
    capsys.readouterr()
    Path(settings["data"]).unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        line = refused(["work", "attention", *given], capsys)
    assert "pairs.tsv: no such file or directory; expected a file with pairs" in line
    assert line.endswith("; the study 'attention' was planned with it\n")


def test_other_pairs_need_another_folder_or_another_storage(tmp_path: Path) -> None:
    """A new folder is no remedy if the storage is elsewhere."""
    settings = {"task": "pairs", "data": write(tmp_path, SENTENCES)}
    request = Request(name="attention", profile="smoke", settings=settings)
    with open_storage(default_url(tmp_path)) as storage:
        queue = Queue(storage, "attention", print)
        save_request(request, queue)
        check_outside(queue, request.plan(), tmp_path)
        write(tmp_path, SENTENCES[1:])
        for folder, remedy in ((tmp_path, "another folder with --out"), (tmp_path / "out", "another --storage")):
            with pytest.raises(InputError, match=f"with other pairs than those of pairs.tsv; .*, or {remedy}$"):
                check_outside(queue, request.plan(), folder)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["attention", "--data", "no.tsv"], r"retrograde: no.tsv: no such file or directory; expected a file with"),
        (
            ["attention", "--data", "dates", "--profile", "full"],
            "max_length: it is a factor at profile 'full'",
        ),
        (["generalise", "--data", "dates"], "have the lengths of their data; expected another study"),
        (["article", "--data", "dates"], "the study repeats published values of another task"),
        (["attention", "--data", "dates", "--set", "max_length=9"], "TaskConfig.max_length: it follows from the data"),
        (
            ["attention", "--units", "tokens"],
            "units: 'tokens' is refused; expected no value, or task=pairs and data=FILE (or --data FILE)",
        ),
        (
            ["attention", "--set", "data=dates"],
            "data: 'dates' is refused; expected no value, or task=pairs and data=FILE (or --data FILE)",
        ),
        (
            ["attention", "--data", "dates", "--set", "data=plurals"],
            "--set data: an option for your pairs sets it too; expected one of the two",
        ),
        (["attention", "--data", "dates", "--set", "task=copy"], "--set task: an option for your pairs sets it too"),
        (
            ["attention", "--test-data", "dates"],
            "test_data: 'dates' is refused; expected no value, or task=pairs and data=FILE",
        ),
    ],
)
@pytest.mark.parametrize("command", ["show", "run", "overhead"])
def test_data_that_cannot_be_used_is_refused(
    command: str, given: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = [] if command == "show" else ["--out", str(tmp_path / "out")]
    assert words in refused([command, *given, *out], capsys)
    assert not (tmp_path / "out").exists()


def test_a_level_of_a_profile_without_factors_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    message = "level of 'max_length': it is not a factor at profile 'quick'; this profile has no factors\n"
    assert refused(["show", "attention", "--levels", "max_length=9"], capsys).endswith(message)


def test_show_says_how_many_pairs_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "attention", "--data", "plurals", "--no-estimate"]) == 0
    out, err = capsys.readouterr()
    assert "data      plurals.tsv: 3,200 pairs for train, 400 for evaluation, 400 for test, by characters; " in out
    assert "; vocabulary of 19, and <unk> (letters=20)\n" in out
    assert "letters=20," in out
    assert not err


def test_steps_to_99_are_replaced_by_the_final_accuracy(capsys: pytest.CaptureFixture[str]) -> None:
    own = {"task": "pairs", "data": "dates"}
    assert plan(catalog.load("attention"), "quick").study == catalog.load("attention")
    for name, yes in (("attention", "higher"), ("encoder", "different"), ("forcing", "higher")):
        study = plan(catalog.load(name), "smoke", settings=own).study
        assert study.decision
        assert (study.primary, study.decision.yes) == ("levenshtein_accuracy", yes)
        declared = catalog.load(name).decision
        assert declared
        assert dataclasses.replace(declared, yes=yes) == study.decision
    tuned = plan(catalog.load("scores"), "smoke", settings=own)
    assert tuned.initial_runs[0].trial
    assert tuned.initial_runs[0].trial.primary == "levenshtein_accuracy"
    for given in (["--data", "dates"], ["--set", "task=pairs", "--set", "data=dates"]):
        assert main(["show", "attention", *given, "--no-estimate"]) == 0
        assert "primary   levenshtein_accuracy\n" in capsys.readouterr().out


def test_a_study_that_declares_pairs_keeps_its_metric_and_the_runs_are_the_same() -> None:
    own = {"task": "pairs", "data": "dates"}
    study = dataclasses.replace(catalog.load("encoder"), task=TaskConfig(**own))
    kept = plan(study, "smoke", settings={"data": "plurals"})
    assert (kept.study.primary, kept.study.decision) == (study.primary, study.decision)
    judged = plan(catalog.load("encoder"), "smoke", settings=own)
    assert study.primary != judged.study.primary
    assert [run.run_id for run in plan(study, "smoke").initial_runs] == [run.run_id for run in judged.initial_runs]


@pytest.mark.parametrize("study", ["encoder", "forcing", "scores"])
def test_other_studies_of_the_catalog_run_on_pairs(study: str) -> None:
    todo = plan(catalog.load(study), "smoke", settings={"task": "pairs", "data": "dates"})
    assert {variant.setup.task.letters for variant in todo.variants} == {42}


def test_a_worker_whose_pairs_have_changed_stops(tmp_path: Path) -> None:
    """A replaced worker reads the file again, in the middle of a study."""
    settings = {"task": "pairs", "data": write(tmp_path, SENTENCES)}
    with open_storage(default_url(tmp_path)) as storage:
        save_request(Request(name="attention", profile="smoke", settings=settings), Queue(storage, "attention", print))
    config = WorkerConfig(
        plan=plan(catalog.load("attention"), "smoke", settings=settings), study="attention", pool_id="pool",
        url=default_url(tmp_path), folder=tmp_path,
    )  # fmt: skip
    write(tmp_path, SENTENCES[1:])
    receiver, sender = Pipe(duplex=False)
    threads, handler = torch.get_num_threads(), signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(SystemExit) as stopped:
            run_worker(config, sender)
    finally:
        torch.set_num_threads(threads)
        signal.signal(signal.SIGINT, handler)
    assert stopped.value.code == EXIT_RETRY_TIMEOUT
    assert receiver.recv().endswith(f"expected {config.plan.setup.task.content}; a worker stops")


def test_an_arm_with_a_part_of_another_package_may_be_added(tmp_path: Path) -> None:
    """The runs that are there do not depend on it. A package that they depend on must be the same."""
    request = Request(name="attention", profile="smoke")
    with open_storage(default_url(tmp_path)) as storage:
        queue = Queue(storage, "attention", print)
        save_request(request, queue)
        content = queue.storage.get_study_user_attrs(queue.study_id)[LAST]
        queue.storage.set_study_user_attr(queue.study_id, LAST, {**content, "outside": {"mine.py": "1", "gone": "2"}})
        for outside, different in (({"mine.py": "1", "my-parts": "1.0"}, False), ({"mine.py": "2"}, True)):
            planned = SimpleNamespace(data=[], outside=outside)
            if different:
                with pytest.raises(InputError, match=r"mine\.py has changed since"):
                    check_outside(queue, planned, tmp_path)
            else:
                check_outside(queue, planned, tmp_path)
