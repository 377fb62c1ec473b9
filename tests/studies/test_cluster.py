"""A study on a Dask cluster has the tables of a local one, and nodes that cannot train it are refused."""

import socket
from pathlib import Path

import pytest
import torch
from commands import LONG, TINY, refused, tables_of, words
from dask_processes import Cluster, Server, wait_until
from distributed import Security
from optuna.trial import TrialState

import studies.cluster.pool
from results.terminal.folder_lock import LOCK
from studies.command_line.cli import main
from studies.engine.storage import default_url, open_storage


@pytest.mark.slow
def test_a_study_on_a_cluster_has_the_tables_of_a_local_one(
    cluster: Cluster,
    tmp_path: Path,
    bare: dict[str, list[list[str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every part of a run is one epoch long here."""
    monkeypatch.setattr(studies.cluster.pool, "PART_SECONDS", 0.0)
    monkeypatch.setattr(studies.cluster.pool, "PART_SECONDS_A_NODE", 0.0)
    for _ in range(2):
        cluster.add_worker()
    out = tmp_path / "out"
    assert main(["run", "attention", *words(LONG), "--out", str(out), "--dask", cluster.address]) == 0
    assert tables_of(out) == bare
    with open_storage(default_url(out)) as storage:
        trials = storage.get_all_trials(storage.get_study_id_from_name("attention"))
    assert [trial.state for trial in trials] == [TrialState.COMPLETE] * 4
    assert all(list(trial.intermediate_values) == list(range(1, LONG["epochs"] + 1)) for trial in trials)
    assert {trial.user_attrs["worker"]["pid"] for trial in trials} == {worker.pid for worker in cluster.workers}
    assert not list((out / "checkpoints").iterdir())
    assert len(list((out / "models").iterdir())) == 4


@pytest.mark.slow
def test_a_node_with_another_version_is_refused_by_name(
    cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "older.py").write_text("import torch\ntorch.__version__ = '1.13.1'\n")
    cluster.add_worker("--preload", str(tmp_path / "older.py"))
    wait_until(lambda: "Registered to" in cluster.workers[0].output())
    out = tmp_path / "out"
    line = refused(["run", "attention", *words(LONG), "--out", str(out), "--dask", cluster.address], capsys)
    assert line.startswith(f"retrograde: node {socket.gethostname()} (tcp://127.0.0.1:")
    assert f": torch is 1.13.1, here {torch.__version__}; expected the same commit and the same versions" in line
    assert {path.name for path in out.iterdir()} <= {LOCK}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--dask", ""], "--dask '': expected tcp://HOST:PORT, tls://HOST:PORT or a .yaml file of dask-jobqueue"),
        (["--dask", "host:8786"], "expected tcp://HOST:PORT, tls://HOST:PORT or a .yaml file of dask-jobqueue"),
        (["--dask", "tls://host:8786"], "expected tls://HOST:PORT with --tls-ca, --tls-cert and --tls-key"),
        (
            ["--dask", "tcp://host:1", "--workers", "2-4"],
            "--workers 2-4: expected one number, or --dask FILE.yaml instead of tcp://host:1",
        ),
        (["--dask", "slurm.yaml"], "expected the number of workers too, such as --workers 1-8"),
        (["--dask", "slurm.yaml", "--workers", "1-2"], "slurm.yaml: file not found"),
        (["--dask", "wrong.yaml", "--workers", "1-2"], "expected dask-jobqueue's configuration of one system"),
        (
            ["--dask", "text.yaml", "--workers", "1-2"],
            "text.yaml: expected dask-jobqueue's configuration of one system",
        ),
        (
            ["--dask", "five.yaml", "--workers", "1-2"],
            "five.yaml: expected dask-jobqueue's configuration of one system",
        ),
        (["--dask", "other.yaml", "--workers", "1-2"], "unknown system 'abacus'; expected one of htcondor, lsf, moab"),
        (["--tls-ca", "ca.pem"], "--tls-ca, --tls-cert and --tls-key: expected all three"),
        (["--dask", "tcp://host:1", "--mlflow"], "--mlflow is refused with --dask"),
        (["--workers", "2-4"], "--workers 2-4: expected one number, or --dask FILE.yaml too"),
        (["--workers", "4-2"], "'4-2' is refused; expected the smaller number first"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    options: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong.yaml").write_text("slurm: {cores: 1}\n")
    (tmp_path / "text.yaml").write_text("jobqueue: {slurm: hello}\n")
    (tmp_path / "five.yaml").write_text("jobqueue: {slurm: {scheduler-options: 5}}\n")
    (tmp_path / "other.yaml").write_text("jobqueue: {abacus: {cores: 1}}\n")
    assert message in refused(["run", "attention", "--profile", "smoke", "--out", "out", *options], capsys)
    assert not list(tmp_path.glob("out/*.csv"))


@pytest.mark.slow
def test_the_connection_is_encrypted_by_the_files_of_the_options(server: Server, tmp_path: Path) -> None:
    made = Security.temporary()
    contents = {"ca": made.tls_ca_file, "cert": made.tls_client_cert, "key": made.tls_client_key}
    for name, content in contents.items():
        (tmp_path / f"{name}.pem").write_text(content)
    files = {name: str(tmp_path / f"{name}.pem") for name in contents}
    cluster = Cluster(
        server, tmp_path / "tls", "--tls-ca-file", files["ca"], "--tls-cert", files["cert"], "--tls-key", files["key"]
    )
    cluster.add_worker()
    assert cluster.address.startswith("tls://")
    out = tmp_path / "out"
    options = [word for name, file in files.items() for word in (f"--tls-{name}", file)]
    try:
        assert main(["run", "attention", *words(TINY), "--out", str(out), "--dask", cluster.address, *options]) == 0
    finally:
        cluster.stop()
    assert str(tmp_path) not in (out / "provenance.json").read_text()
