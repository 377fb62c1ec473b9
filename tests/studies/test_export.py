"""The tables of a tuned study separate tuning runs from reported runs, and its report follows from them."""

import dataclasses
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from formula import finish_all, tuned
from optuna.trial import TrialState, create_trial

from results.errors import InputError
from results.report.build import build
from results.tables import provenance
from results.tables.csv_io import read_table, read_tables
from results.tables.study_schema import LONGEST_OF_ALL, LONGEST_OF_EXACT, LONGEST_RECORDED
from results.tables.table_file import read_text, table_file, write_text
from seq2seq_core.evaluation.evaluate import LONG, VERY_LONG
from studies.commands.export import export_tables, origin_of, record_provenance, settings_of
from studies.design.comparisons import Published, Source
from studies.design.study import Study
from studies.design.tuning import FIRST_SEED
from studies.planning.plan import Plan, plan
from studies.planning.run_rows import Rows, failed_rows
from studies.training.train_run import train_to_rows

NOISE = {"seconds": 60.0, "other_cores": 0.5, "load_average": 2.0, "control_spread": None}


@pytest.fixture(scope="module", params=[("median", 1), ("wilcoxon", 5)])
def todo(request: pytest.FixtureRequest, study: Study) -> Plan:
    pruner, seeds = request.param
    return tuned(study, pruner=pruner, seeds=seeds)


@pytest.fixture(scope="module")
def finished(todo: Plan) -> dict[str, Rows]:
    return finish_all(todo, random.Random(1))


def test_a_tuning_run_is_in_the_tuning_table_only(tmp_path: Path, todo: Plan, finished: dict[str, Rows]) -> None:
    export_tables(tmp_path, "some", todo, finished)
    tuning = pd.read_csv(tmp_path / "tuning.csv")
    for name in ("runs", "convergence"):
        assert set(pd.read_csv(tmp_path / f"{name}.csv")["seed"]) == {0, 1}
    known = todo.planned_runs(finished)
    assert list(tuning["run_id"]) == [run.run_id for run in known if run.trial]
    assert list(tuning["learning_rate"]) == [run.setup.training.learning_rate for run in known if run.trial]
    assert tuning["seed"].min() == FIRST_SEED
    assert tuning.groupby(["arm", "max_length"])["trial"].nunique().eq(7).all()


def test_each_run_of_a_trial_has_the_outcome_of_the_trial(
    tmp_path: Path, todo: Plan, finished: dict[str, Rows]
) -> None:
    export_tables(tmp_path, "some", todo, finished)
    tuning = pd.read_csv(tmp_path / "tuning.csv")
    assert set(tuning["outcome"]) == {"done", "pruned"}
    for (arm, length), rows in tuning.groupby(["arm", "max_length"]):
        values = rows[rows["outcome"] == "done"].groupby("trial")["value"].mean()
        (chosen,) = set(rows.loc[rows["chosen"] == 1, "trial"])
        assert chosen == values.idxmax()
        (chosen_settings,) = [
            entry["settings"]
            for entry in settings_of("some", todo, finished)["tuning"]["chosen"]
            if (entry["arm"], entry["levels"]) == (arm, {"max_length": length})
        ]
        assert chosen_settings == {"learning_rate": rows.loc[rows["trial"] == chosen, "learning_rate"].iloc[0]}


def test_an_interrupted_study_has_unfinished_trials_and_no_choice(tmp_path: Path, study: Study) -> None:
    todo = tuned(study, seeds=2)
    finished = finish_all(todo, random.Random(1))
    (chain, _), *_ = todo.tuning_trials(finished)
    del finished[chain[-1].runs[-1].run_id]
    export_tables(tmp_path, "some", todo, finished)
    tuning = pd.read_csv(tmp_path / "tuning.csv").query("arm == 'none' and max_length == 3")
    assert list(tuning.loc[tuning["trial"] == 6, "outcome"]) == ["unfinished"]
    assert tuning["chosen"].sum() == 0
    assert settings_of("some", todo, finished)["tuning"]["chosen"][0]["settings"] is None
    assert pd.read_csv(tmp_path / "runs.csv").query("arm == 'none' and max_length == 3").empty


def test_the_report_follows_from_the_tables_and_the_provenance(
    tmp_path: Path, todo: Plan, finished: dict[str, Rows]
) -> None:
    export_tables(tmp_path, "some", todo, finished)
    (tmp_path / "by_length.csv").unlink()  # a formula has no lengths
    started = datetime.now(UTC)
    provenance.record(
        tmp_path, "study", command=["some"], profile="quick", threads=1, gpu=None, started=started,
        settings=settings_of("some", todo, finished),
    )  # fmt: skip
    build(tmp_path)
    text = (tmp_path / "report.md").read_text()
    assert todo.tuning is not None
    assert f"Chosen: {todo.tuning.rule('steps_to_99')}." in text
    for variant, (chain, best) in zip(todo.variants, todo.tuning_trials(finished), strict=True):
        done = sum(trial.value is not None for trial in chain)
        epochs = sum(trial.result.epochs for trial in chain if trial.result)
        assert best is not None
        assert f"| {variant.levels['max_length']} | {variant.arm} | {done} | {7 - done} | 0 | 0 | {epochs:,} |" in text
        assert f"| {variant.arm} | {best.settings['learning_rate']:g} | {best.value:.4f} |" in text


def test_the_lengths_from_which_a_run_may_test_fewer_sequences_are_those_of_the_tables() -> None:
    """The two packages do not import each other."""
    assert (LONG, VERY_LONG) == (LONGEST_OF_ALL, LONGEST_OF_EXACT)


@pytest.mark.parametrize(
    ("settings", "comparable"),
    [
        ({}, (True, True, True)),
        ({"epochs": 1}, (True, False, True)),
        ({"steps_per_epoch": 1000}, (False, True, True)),
        ({"steps_per_epoch": 1}, (False, False, True)),
        ({"batch_size": 2}, (False, False, True)),
        ({"test_size": 7, "evaluation_size": 7}, (True, True, True)),
        ({"learning_rate": 0.5}, (False, False, True)),
        ({"hidden_size": 6}, (False, False, False)),
        ({"letters": 3}, (False, False, False)),
    ],
)
def test_a_shorter_training_or_another_setting_is_not_compared_with_published_values(
    study: Study, settings: dict[str, object], comparable: tuple[bool, bool, bool]
) -> None:
    """First a value after an epoch, then one of the end, then the number of parameters."""
    point = Published(source=Source("A 2020", "Table 1", ""), arm="dot", metric="exact_match", low=0.5, high=0.5)
    parameters = dataclasses.replace(point, metric="parameters")
    published = dataclasses.replace(study, published=(dataclasses.replace(point, epoch=1), point, parameters))
    found = settings_of("some", plan(published, "quick", settings=settings), {})["published"]
    assert tuple(one["comparable"] for one in found) == comparable


def test_a_study_whose_tuning_was_removed_has_no_tuning_table(tmp_path: Path, study: Study) -> None:
    todo = tuned(study)
    export_tables(tmp_path, "some", todo, {})
    assert (tmp_path / "tuning.csv").exists()
    plain = plan(dataclasses.replace(todo.study, tuning=None), "quick")
    export_tables(tmp_path, "some", plain, {})
    assert not (tmp_path / "tuning.csv").exists()
    assert "tuning" not in settings_of("some", plain, {})


def _worker(host: str, gpu: str = "", since: str = "2026-01-02T10:00:00+00:00") -> dict[str, str]:
    return {"host": host, "processor": f"chip {host[0]}", "gpu": gpu, "since": since}


@pytest.mark.parametrize(
    ("gpus", "named"), [(("A", "A"), "A"), (("B", "A"), "A and B"), (("", ""), "unknown"), (("A", ""), "A")]
)
def test_the_gpus_and_the_start_are_those_of_the_workers(
    tmp_path: Path, study: Study, gpus: tuple[str, str], named: str
) -> None:
    """The machine of the command may have no GPU, and the clock of a worker may be in another time zone."""
    todo = plan(study, "quick")
    finished = finish_all(todo, random.Random(1))
    workers = [
        _worker("one", gpus[0], "2026-01-02T09:30:00+00:00"),
        _worker("two", gpus[1], "2026-01-02T09:00:00+00:00"),
    ]
    trials = [
        create_trial(state=TrialState.FAIL, user_attrs={"run": run.to_dict(), "worker": workers[index % 2]})
        for index, run in enumerate(todo.initial_runs)
    ]
    record_provenance(tmp_path, "some", todo, finished, trials, command=["run"], device="cuda", noise=NOISE)
    part = provenance.read(tmp_path)["study"]
    assert part["machine"]["gpu"] == named
    assert part["started"] == "2026-01-02T09:00:00Z"
    assert origin_of(tmp_path)["gpu"] == named


def test_a_report_gives_the_number_of_machines(tmp_path: Path, study: Study) -> None:
    todo = plan(study, "quick")
    finished = finish_all(todo, random.Random(1))
    for number, hosts in enumerate((["one"], ["one", "two", "three"]), start=1):
        trials = [
            create_trial(
                state=TrialState.FAIL,
                user_attrs={"run": run.to_dict(), "worker": _worker(hosts[index % len(hosts)])},
            )
            for index, run in enumerate(todo.initial_runs)
        ]
        folder = tmp_path / str(number)
        folder.mkdir()
        export_tables(folder, "some", todo, finished)
        (folder / "by_length.csv").unlink()  # a formula has no lengths
        record_provenance(folder, "some", todo, finished, trials, command=["run"], device="cpu", noise=NOISE)
        assert provenance.read(folder)["study"]["noise"] == NOISE
        text = build(folder).with_suffix(".md").read_text()
        assert ("The runs were made on 3 machines" in text) == (len(hosts) == 3)
        differ = "The processors of the runs differ: chip o; chip t. Between them, the same run can differ in rounding"
        assert (differ in text) == (len(hosts) == 3)
        assert not any(host in (folder / "provenance.json").read_text() for host in ("two", "three"))


def test_a_command_that_trains_no_run_keeps_what_is_said_of_the_measurement(tmp_path: Path, study: Study) -> None:
    """New code may record new settings of the same runs. Its commit, and the load while it writes, are not theirs."""
    todo = plan(study, "quick")
    finished = finish_all(todo, random.Random(1))

    def record(noise: dict[str, float | None] | None) -> dict[str, Any]:
        record_provenance(tmp_path, "some", todo, finished, [], command=["run"], device="cpu", noise=noise)
        return provenance.read(tmp_path)["study"]

    first = record(NOISE)
    settings = {key: value for key, value in first["settings"].items() if key != "at_levels"}
    provenance.change_settings(tmp_path, "study", {**settings, "described": {"at": "now", "commit": None}})
    again = record(None)
    assert again["settings"] == {**first["settings"], "described": {"at": "now", "commit": None}}
    assert {**again, "settings": first["settings"]} == first
    provenance.change_settings(tmp_path, "study", {**settings, "settled_runs": 1})
    assert "noise" not in record(None)  # the runs are others


@pytest.mark.parametrize("longest", [LONGEST_RECORDED, LONGEST_RECORDED + 1])
def test_weights_are_recorded_up_to_a_length_and_longer_sources_have_a_report(
    tmp_path: Path, study: Study, longest: int
) -> None:
    todo = plan(study, "smoke", settings={"max_length": longest})
    finished = {run.run_id: train_to_rows(run, lambda point: None) for run in todo.initial_runs}
    export_tables(tmp_path, "some", todo, finished)
    record_provenance(tmp_path, "some", todo, finished, [], command=["run"], device="cpu", noise=NOISE)
    recorded = longest == LONGEST_RECORDED
    assert len(read_table(tmp_path, "mean_alignments")) == (longest * (longest + 1) if recorded else 0)
    assert (len(pd.read_csv(tmp_path / "alignments.csv")) > 0) == recorded
    assert pd.read_csv(tmp_path / "runs.csv").set_index("arm").loc["dot", "anti_diagonal"] > 0
    text = build(tmp_path).with_suffix(".md").read_text()
    assert ("The runs with longer ones (1) are not in the figures of attention" in text) == (not recorded)
    if recorded:
        for name in ("alignments", "mean_alignments"):
            path = table_file(tmp_path, name)
            (header, *_) = read_text(path).splitlines(keepends=True)
            write_text(tmp_path, name, header)
        with pytest.raises(InputError, match=r" alignments\.csv: no row of run"):
            build(tmp_path)


def test_the_example_of_an_arm_is_from_its_lowest_seed_with_weights(tmp_path: Path, study: Study) -> None:
    study = dataclasses.replace(study, factors={"max_length": (2, 3)})
    todo = plan(study, "quick")
    finished = {run.run_id: train_to_rows(run, lambda point: None) for run in todo.initial_runs}
    ids = {(run.variant.arm, run.seed, run.variant.levels["max_length"]): run.run_id for run in todo.initial_runs}
    finished[ids["dot", 0, 3]] = failed_rows("it broke")
    export_tables(tmp_path, "some", todo, finished)
    examples = read_table(tmp_path, "alignments")[["arm", "max_length", "seed"]].drop_duplicates()
    assert examples.to_numpy().tolist() == [["dot", 2, 0], ["dot", 3, 1]]
    assert set(read_table(tmp_path, "mean_alignments")["seed"]) == {0, 1}
    read_tables(tmp_path)


def test_settings_of_the_model_that_the_command_changes_are_named(study: Study) -> None:
    unchanged = plan(study, "quick", settings={"epochs": 3})
    assert "changed" not in settings_of("some", unchanged, {})
    size = study.base.hidden_size + 1
    changed = plan(study, "quick", settings={"epochs": 3, "hidden_size": size, "layers": study.base.layers})
    assert settings_of("some", changed, {})["changed"] == {"hidden_size": size}


def test_published_values_of_levels_that_are_not_run_are_left_out(study: Study) -> None:
    """Otherwise no report could be written of a study at some of its levels."""
    point = Published(source=Source("A 2020", "Table 1", ""), arm="dot", metric="exact_match", low=0.5, high=0.5)
    at_levels = [point, *(dataclasses.replace(point, levels={"max_length": length}) for length in (3, 4))]
    published = dataclasses.replace(study, published=tuple(at_levels))
    for levels, left in (
        (None, [{}, {"max_length": 3}, {"max_length": 4}]),
        ({"max_length": [4]}, [{}, {"max_length": 4}]),
    ):
        found = settings_of("some", plan(published, "full", levels=levels), {})["published"]
        assert [one["levels"] for one in found] == left
