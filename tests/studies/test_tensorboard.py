"""Event files, read back with TensorBoard's own reader: a run's points, each once, under a name that reads well."""

import math
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from file_sizes import room_for
from hypothesis import example, given
from hypothesis import strategies as st
from needs import package
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.metadata import SESSION_START_INFO_TAG, parse_session_start_info_plugin_data

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.training import EpochMetrics
from studies.design.setup import Setup
from studies.design.study import Study
from studies.design.tuning import Search
from studies.planning.plan import plan
from studies.planning.run import Run, Trial, Variant
from studies.trackers.names import TRACKERS, check_installed
from studies.trackers.tensorboard import TensorBoard, run_folder

PARAMS = {"arm": "dot", "bidirectional": True, "learning_rate": 0.01, "seed": 2}
FIGURES = ["train_loss", "eval_loss", "levenshtein_accuracy", "exact_match"]


@pytest.fixture
def run(study: Study) -> Run:
    return plan(study, "full").initial_runs[-1]


def point(epoch: int, shift: float = 0.0) -> EpochMetrics:
    return EpochMetrics(
        step=100 * epoch,
        epoch=epoch,
        train_loss=4 / epoch + shift,
        eval_loss=3 / epoch + shift,
        levenshtein_accuracy=epoch / 10,
        exact_match=epoch / 20,
    )


def tracker(folder: Path, run: Run) -> TensorBoard:
    return TensorBoard(run_folder(folder, run), PARAMS)


def run_name(folder: Path) -> str:
    """The name of the only run of a folder in TensorBoard."""
    (name,) = {str(path.parent.relative_to(folder)) for path in folder.rglob("*tfevents*")}
    return name


def reader(folder: Path) -> EventAccumulator:
    return EventAccumulator(str(folder / run_name(folder)))


def read_points(events: EventAccumulator) -> dict[str, list[tuple[int, float]]]:
    """The steps and values of each metric so far."""
    events.Reload()
    return {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def expected(points: list[EpochMetrics]) -> dict[str, list[tuple[int, float]]]:
    return {
        figure: [(point.step, pytest.approx(getattr(point, figure), rel=1e-6)) for point in points]
        for figure in FIGURES
    }


def test_a_point_can_be_read_as_soon_as_it_is_added(run: Run, tmp_path: Path) -> None:
    events = tracker(tmp_path, run)
    events.on_epoch(point(1))
    reading = reader(tmp_path)
    assert read_points(reading) == expected([point(1)])
    events.on_epoch(point(2))
    assert read_points(reading) == expected([point(1), point(2)])


def test_the_name_of_a_run_has_its_arm_levels_seed_and_id(run: Run, tmp_path: Path) -> None:
    tracker(tmp_path, run).on_epoch(point(1))
    assert run_name(tmp_path) == f"arm=dot/max_length=4/cell=rnn/seed=2/{run.run_id}"


@given(arm=st.text(), level=st.one_of(st.text(), st.floats()))
@example(arm="encoder/big", level=0.1)
@example(arm="../up", level="/")
@example(arm="/etc", level="..")
@example(arm="a" * 300, level="\N{GRINNING FACE}" * 300)
@example(arm="\u8a9e" * 300, level=".")
@example(arm="nul\0", level="")
def test_any_name_of_an_arm_or_a_level_gives_a_folder_inside_the_log_folder(
    tmp_path_factory: pytest.TempPathFactory, arm: str, level: object
) -> None:
    folder = tmp_path_factory.mktemp("events")
    run = Run(Variant(arm, {"cell": level}, Setup(ModelConfig(), TaskConfig(), TrainConfig()), "cpu"), seed=0)
    tracker(folder, run).on_epoch(point(1))
    assert len(Path(run_name(folder)).parts) == 4
    tracker(folder, replace(run, seed=1)).on_epoch(point(1))
    assert len([*folder.rglob("*tfevents*")]) == 2


def test_runs_whose_escaped_names_are_equal_have_separate_folders(run: Run, tmp_path: Path) -> None:
    for arm in ("a/b", "a b"):
        tracker(tmp_path, replace(run, variant=replace(run.variant, arm=arm))).on_epoch(point(1))
    assert len({path.parent for path in tmp_path.rglob("*tfevents*")}) == 2


def test_tuning_runs_and_reported_runs_have_different_names(run: Run, tmp_path: Path) -> None:
    search = Search(space={})
    tried = replace(run, trial=Trial(3, search, "steps_to_99"))
    tracker(tmp_path, tried).on_epoch(point(1))
    assert run_name(tmp_path) == f"arm=dot/max_length=4/cell=rnn/trial=3/seed=2/{tried.run_id}"


def test_a_point_that_is_added_twice_is_read_once(run: Run, tmp_path: Path) -> None:
    first = tracker(tmp_path, run)
    for epoch in (1, 2, 3):
        first.on_epoch(point(epoch, shift=0.5))
    watching = reader(tmp_path)
    assert len(read_points(watching)["train_loss"]) == 3
    resumed = tracker(tmp_path, run)
    points = [point(epoch) for epoch in (1, 2, 3, 4)]
    for each in points:
        resumed.on_epoch(each)
    assert read_points(watching) == expected(points)
    assert read_points(reader(tmp_path)) == expected(points)


def test_a_point_that_could_not_be_written_can_be_added_again(run: Run, tmp_path: Path) -> None:
    events = tracker(tmp_path, run)
    with room_for(20), pytest.raises(OSError, match="too large"):
        events.on_epoch(point(1))
    events.on_epoch(point(1))
    (file,) = tmp_path.rglob("*tfevents*")
    size_before = file.stat().st_size
    with room_for(size_before + 20):
        for _ in range(2):
            with pytest.raises(OSError, match="too large"):
                events.on_epoch(point(2))
    assert file.stat().st_size == size_before + 20  # the beginning of an event, which has to be removed
    events.on_epoch(point(2))
    events.on_epoch(point(3))
    assert read_points(reader(tmp_path)) == expected([point(1), point(2), point(3)])


def test_after_its_folder_is_cleared_a_writer_adds_the_later_points(run: Run, tmp_path: Path) -> None:
    events = tracker(tmp_path, run)
    events.on_epoch(point(1))
    events.on_epoch(point(2))
    shutil.rmtree(tmp_path / f"arm={run.variant.arm}")
    events.on_epoch(point(3))
    events.on_epoch(point(4))
    assert read_points(reader(tmp_path)) == expected([point(3), point(4)])


def test_a_run_and_a_resumed_run_record_their_hyperparameters(run: Run, tmp_path: Path) -> None:
    for epoch in (1, 2):
        tracker(tmp_path, run).on_epoch(point(epoch))
        events = reader(tmp_path)
        events.Reload()
        content = events.summary_metadata[SESSION_START_INFO_TAG].plugin_data.content
        found = parse_session_start_info_plugin_data(content).hparams
        assert {name: getattr(value, value.WhichOneof("kind")) for name, value in found.items()} == {
            **PARAMS,
            "bidirectional": "True",
            "seed": "2",
        }


def test_an_epoch_that_diverged_has_no_accuracies(run: Run, tmp_path: Path) -> None:
    events = tracker(tmp_path, run)
    events.on_epoch(point(1))
    events.on_epoch(point(2, shift=math.inf))
    figures = read_points(reader(tmp_path))
    assert [step for step, _ in figures["levenshtein_accuracy"]] == [100]
    assert [step for step, _ in figures["exact_match"]] == [100]
    assert figures["train_loss"][1] == (200, math.inf)


@pytest.mark.parametrize("name", TRACKERS)
def test_without_its_package_the_error_of_a_tracker_names_it(name: str) -> None:
    package(name, extra=name)
    check_installed([name])
    words = f"from studies.trackers.names import TRACKERS, check_installed; check_installed(['{name}'])"
    # -S: a Python without any installed package
    root = Path(__file__).parents[2]
    bare = subprocess.run([sys.executable, "-S", "-c", words], capture_output=True, text=True, cwd=root, check=False)
    assert bare.stderr.splitlines()[-1] == (
        f"results.errors.InputError: --{name}: the package {name} is missing; pip install --editable '.[{name}]'"
    )
