"""A study on Slurm, through dask-jobqueue: one of its two jobs is killed in the middle."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import TINY, bare_tables, tables_of, words
from observers import Command
from optuna.trial import FrozenTrial, TrialState
from slurm import Slurm, Unavailable

from studies.engine.storage import default_url

pytestmark = [pytest.mark.slow, pytest.mark.faults]

SETTINGS = {**TINY, "epochs": 200}
"""A run takes seconds, so that both jobs train at the same time."""
CONFIGURATION = """
jobqueue:
  slurm:
    cores: 1
    processes: 1
    memory: 1GB
    walltime: "00:10:00"
    interface: lo
    shared-temp-directory: {folder}
    log-directory: {folder}
"""


@pytest.fixture
def slurm(tmp_path: Path) -> Iterator[Slurm]:
    folder = tmp_path / "slurm"
    folder.mkdir()
    one = Slurm(folder)
    try:
        one.start()
        yield one
    except Unavailable as reason:
        pytest.skip(str(reason))
    finally:
        one.stop()


def in_hand(trials: list[FrozenTrial]) -> set[int]:
    """The processes with a run in hand, once there are two."""
    running = [trial for trial in trials if trial.state == TrialState.RUNNING and "worker" in trial.user_attrs]
    processes = {trial.user_attrs["worker"]["pid"] for trial in running}
    return processes if len(processes) == 2 else set()


def test_a_study_on_slurm_survives_a_killed_job(slurm: Slurm, tmp_path: Path) -> None:
    (tmp_path / "slurm.yaml").write_text(CONFIGURATION.format(folder=slurm.folder))
    out = tmp_path / "out"
    study = ["run", "attention", *words(SETTINGS), "--out", str(out)]
    on_slurm = ["--dask", str(tmp_path / "slurm.yaml"), "--workers", "1-2"]
    with Command(tmp_path / "stderr", *study, *on_slurm, SLURM_CONF=str(slurm.conf)) as command:
        command.wait_for(default_url(out), in_hand)
        jobs = slurm.command("squeue", "--noheader", "--states=R", "--format=%i").split()
        assert len(jobs) == 2
        slurm.command("scancel", "--signal=KILL", "--full", jobs[0])
        trials = command.wait_for(default_url(out), lambda trials: any(t.state == TrialState.FAIL for t in trials))
        status, _ = command.end()
    assert status == 0, command.stderr()
    assert any("worker" in trial.user_attrs for trial in trials if trial.state == TrialState.FAIL)
    assert tables_of(out) == bare_tables(tmp_path / "bare", SETTINGS)
    assert slurm.command("squeue", "--noheader") == "", "a job is left"
    assert not list(slurm.folder.glob("*.pem")), "a key is left"
