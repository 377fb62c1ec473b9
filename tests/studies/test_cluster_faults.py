"""Killed nodes, drivers and schedulers: a study on a cluster ends with the tables of an undisturbed local one."""

import csv
import random
from pathlib import Path

import pytest
from commands import LONG, bare_tables, tables_of, words
from dask_processes import Cluster, Process, Server, wait_until
from observers import open_trials
from optuna.trial import FrozenTrial, TrialState

from studies.engine.queue import run_id

pytestmark = [pytest.mark.slow, pytest.mark.faults]

NODE_KILLS, DRIVER_KILLS = 20, 3
SEEDS = 6
SHORT_PARTS = {"studies.cluster.pool.PART_SECONDS": 0.0, "studies.cluster.pool.PART_SECONDS_A_NODE": 0.0}
"""Every part of a run is one epoch long."""


class Disturbed:
    """A study on a cluster whose nodes and driver are killed."""

    def __init__(self, server: Server, cluster: Cluster, folder: Path) -> None:
        self.cluster = cluster
        self.out = folder / "out"
        self._server = server
        self._log = folder / "driver"
        self._random = random.Random(0)
        self._cut_off: dict[str, int] = {}
        """Run id -> its epochs when its node or driver was last killed."""
        self.drivers = [self.start()]
        self.lost = 0
        """Attempts that were ended by a kill."""

    def start(self) -> Process:
        return self._server.start(
            self._log,
            "studies",
            *("run", "attention", *words(LONG, seeds=SEEDS), "--out", str(self.out), "--dask", self.cluster.address),
            **SHORT_PARTS,
        )

    def kill_a_node(self) -> None:
        """Also one without a run in hand. A run that is cut off three times without an epoch in between is given up,
        and rightly so: such a node is spared."""
        in_hand = {
            trial.user_attrs["worker"]["pid"]: trial for trial in self._running() if "worker" in trial.user_attrs
        }
        spared = {pid for pid, trial in in_hand.items() if not self._has_advanced(trial)}
        node = self._random.choice(
            [node for node in self.cluster.workers if node.is_alive() and node.pid not in spared]
        )
        if node.pid in in_hand:
            self._note(in_hand[node.pid])
        node.kill()
        self.cluster.add_worker()

    def kill_the_driver(self) -> None:
        wait_until(lambda: all(self._has_advanced(trial) for trial in self._running()) and self._running())
        for trial in self._running():
            self._note(trial)
        self.drivers[-1].kill()
        self.drivers.append(self.start())

    def wait_for_epochs(self, number: int) -> None:
        before = self._epochs()
        wait_until(lambda: self._epochs() >= before + number or not self.drivers[-1].is_alive())
        assert self.drivers[-1].is_alive(), f"the study ended first: {self.drivers[-1].output()}"

    def trials(self) -> list[FrozenTrial]:
        return open_trials(self.out)

    def _running(self) -> list[FrozenTrial]:
        return [trial for trial in self.trials() if trial.state == TrialState.RUNNING]

    def _epochs(self) -> int:
        return sum(len(trial.intermediate_values) for trial in self.trials())

    def _has_advanced(self, trial: FrozenTrial) -> bool:
        return len(trial.intermediate_values) > self._cut_off.get(run_id(trial), -1)

    def _note(self, trial: FrozenTrial) -> None:
        self.lost += 1
        self._cut_off[run_id(trial)] = len(trial.intermediate_values)


def test_killed_nodes_and_drivers_change_no_table(server: Server, cluster: Cluster, tmp_path: Path) -> None:
    for _ in range(3):
        cluster.add_worker()
    study = Disturbed(server, cluster, tmp_path)
    moments = random.Random(1)
    for number in range(NODE_KILLS):
        study.wait_for_epochs(moments.randrange(5, 20))
        study.kill_a_node()
        if number % 6 == 5:
            study.wait_for_epochs(10)
            study.kill_the_driver()
    status, output = study.drivers[-1].end()
    assert (status, len(study.drivers)) == (0, 1 + DRIVER_KILLS), output
    assert tables_of(study.out) == bare_tables(tmp_path / "bare", LONG, seeds=SEEDS)
    states = [trial.state for trial in study.trials()]
    assert states.count(TrialState.COMPLETE) == 4 * SEEDS, "a run was finished twice"
    assert states.count(TrialState.FAIL) >= NODE_KILLS / 2, "hardly a node had a run in hand: little was tested"


def test_a_lost_scheduler_is_one_line_and_the_study_resumes(
    server: Server, cluster: Cluster, tmp_path: Path, bare: dict[str, list[list[str]]]
) -> None:
    cluster.add_worker()
    out = tmp_path / "out"
    command = ["run", "attention", *words(LONG), "--out", str(out), "--dask"]
    driver = server.start(tmp_path / "driver", "studies", *command, cluster.address, **SHORT_PARTS)
    wait_until(lambda: any(trial.state == TrialState.COMPLETE for trial in open_trials(out)))
    cluster.scheduler.kill()
    status, output = driver.end()
    lines = [line for line in output.splitlines() if line and "runs |" not in line and "attention" not in line[:9]]
    assert (status, len(lines)) == (1, 1), output
    assert f"{cluster.address}: the scheduler does not answer; finished runs are kept; to resume: " in lines[0]
    assert TrialState.RUNNING not in [trial.state for trial in open_trials(out)]
    other = Cluster(server, tmp_path / "other")
    other.add_worker()
    status, output = server.start(tmp_path / "again", "studies", *command, other.address).end()
    other.stop()
    assert status == 0, output
    assert tables_of(out) == bare


DEADLY = '''"""Does a score that kills its node end the study?"""

import os
import signal
import threading

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.layers.scores import DotProductScore
from studies.design.study import Arm, Profile, Study


class Deadly(DotProductScore, name="deadly"):
    same_size = True

    def __init__(self, query_size, value_size, key_size):
        super().__init__(query_size, value_size, key_size)

    def project_keys(self, values):
        if "Dask" in threading.current_thread().name:  # only on a node
            os.kill(os.getpid(), signal.SIGKILL)
        return values


PROFILE = Profile(seeds=1)
STUDY = Study(
    question="Which?",
    base=ModelConfig(hidden_size=4, embedding_size=3, query="current"),
    task=TaskConfig(letters=2, min_length=1, max_length=3),
    training=TrainConfig(epochs=2, steps_per_epoch=2, batch_size=3, evaluation_size=4, test_size=4),
    baseline="none",
    arms={"none": Arm(score=None), "deadly": Arm(score="deadly")},
    primary="levenshtein_accuracy",
    profiles={"smoke": PROFILE, "quick": PROFILE, "full": PROFILE},
)
'''


def test_a_run_that_kills_three_nodes_is_given_up(server: Server, cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "deadly_study.py").write_text(DEADLY)
    out = tmp_path / "out"
    study = ["run", str(tmp_path / "deadly_study.py"), "--profile", "smoke", "--out", str(out)]
    driver = server.start(tmp_path / "driver", "studies", *study, "--dask", cluster.address)
    while driver.is_alive():
        if not any(node.is_alive() for node in cluster.workers):
            cluster.add_worker()
        wait_until(lambda: not (driver.is_alive() and cluster.workers[-1].is_alive()))
    status, output = driver.end()
    assert status == 1, output
    with (out / "runs.csv").open(newline="") as file:
        reasons = {row["arm"]: (row["status"], row["reason"]) for row in csv.DictReader(file)}
    given_up = "3 attempts in a row were interrupted before they finished another epoch"
    assert reasons == {"none": ("done", ""), "deadly": ("failed", given_up)}
    assert sum(not node.is_alive() for node in cluster.workers) == 3
