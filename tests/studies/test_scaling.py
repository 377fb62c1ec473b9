"""`retrograde scaling-runs`, with studies of a few runs."""

import re
from pathlib import Path

import pytest
import sqlalchemy
from dask_processes import Cluster, wait_until

from results.tables import provenance
from results.tables.csv_io import read_table
from results.terminal.folder_lock import LOCK
from studies.command_line.cli import main
from studies.engine.storage import parse_url


def scaling(folder: Path, *words: str) -> int:
    return main(["scaling-runs", "--profile", "smoke", "--workers", "1", "--out", str(folder), *words])


@pytest.mark.slow
def test_a_study_its_report_and_the_bare_training_are_timed_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scaling(tmp_path, "--runs", "4") == 0
    assert "Does the cost grow at most as fast as the work?" in capsys.readouterr().out
    table = read_table(tmp_path, "scaling")
    assert table[["work", "storage"]].to_numpy().tolist() == [["study", "sqlite"], ["report", ""], ["study", ""]]
    assert table["size"].tolist()[::2] == [4, 4]
    assert 4 < table["size"][1] < 100  # the rows that the report has read
    assert (table["seconds"] > 0).all()
    assert {path.name for path in tmp_path.iterdir()} == {
        "scaling.csv", "provenance.json", "report.md", "report.html", "figures", LOCK
    }  # fmt: skip
    part = provenance.read(tmp_path)["scaling_runs_sqlite"]
    assert part["noise"]["other_cores"] is not None
    assert (part["profile"], part["settings"]["rows"]) == ("smoke", 3)
    assert part["command"][-2:] == ["--runs", "4"]
    assert scaling(tmp_path, "--runs", "4") == 0
    assert read_table(tmp_path, "scaling").equals(table)
    assert provenance.read(tmp_path)["scaling_runs_sqlite"] == part


@pytest.mark.slow
def test_a_report_is_timed_once_for_all_numbers_of_workers(tmp_path: Path) -> None:
    """A second row of the same report made the table unreadable."""
    assert scaling(tmp_path, "--runs", "4", "--workers", "2") == 0
    assert scaling(tmp_path, "--runs", "4", "--workers", "3") == 0
    table = read_table(tmp_path, "scaling")
    assert table["work"].tolist().count("report") == 1
    assert sorted(table["workers"].dropna().astype(int)) == [1, 2, 3]


@pytest.mark.slow
def test_nothing_is_trained_in_a_folder_that_holds_every_size(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["scaling-runs", "--profile", "quick", "--workers", "1", "--runs", "4", "--out", str(tmp_path)]
    assert main(words) == 0
    assert len(set(re.findall(r"attention-scaling-\w+", capsys.readouterr().err))) == 2, (
        "a study, and one that warms up"
    )
    assert main(words) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_a_postgresql_database_keeps_nothing(tmp_path: Path, postgres: str) -> None:
    assert scaling(tmp_path, "--runs", "4", "--storage", postgres) == 0
    assert read_table(tmp_path, "scaling")[["work", "storage", "workers"]].to_numpy().tolist() == [
        ["study", "postgresql", 1]
    ]
    engine = sqlalchemy.create_engine(parse_url(postgres))
    with engine.connect() as connection:
        assert connection.scalar(sqlalchemy.text("select count(*) from studies")) == 0
        assert connection.scalar(sqlalchemy.text("select count(*) from trials")) == 0
    engine.dispose()
    part = provenance.read(tmp_path)["scaling_runs_postgresql"]
    assert part["noise"]["other_cores"] is None, "the work of the server would count as that of other processes"
    assert "sesame" not in "".join(path.read_text() for path in tmp_path.iterdir() if path.is_file())


@pytest.mark.slow
def test_a_cluster_is_a_line_of_its_own(cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cluster.add_worker()
    words = ["scaling-runs", "--profile", "smoke", "--dask", cluster.address, "--out", str(tmp_path / "out")]
    wait_until(lambda: "Registered to" in cluster.workers[0].output())
    assert main([*words, "--workers", "2"]) == 2
    assert f"--dask {cluster.address}: 1 worker; expected 2 or more" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main([*words, "--storage", "postgresql://me@host/base"]) == 2
    assert "--storage is refused with --dask" in capsys.readouterr().err

    assert main(words) == 0
    table = read_table(tmp_path / "out", "scaling")
    names = ["work", "storage", "cluster", "workers", "size"]
    assert table[names].to_numpy().tolist() == [["study", "sqlite", "dask", 1, size] for size in (4, 8)]
    part = provenance.read(tmp_path / "out")["scaling_runs_dask"]
    assert part["noise"]["other_cores"] is None, "the work of the nodes would count as that of other processes"
    assert cluster.address not in str(part)
    assert "| Dask, 1 worker | runs | 8 |" in (tmp_path / "out" / "report.md").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--runs 6", "--runs 6 is refused; expected a multiple of 4, the number of arms of attention"),
        ("--runs 0", "'0' is refused; expected an integer from 1 to 1,000,000"),
        ("--dask slurm.yaml", "--dask slurm.yaml: expected tcp://HOST:PORT or tls://HOST:PORT of a scheduler"),
        ("--storage sqlite:///some", "expected postgresql://USER@HOST/DATABASE, or no --storage for SQLite"),
        ("--storage mysql://host/base", "mysql is not supported"),
    ],
)
def test_an_invalid_measurement_is_refused_before_a_file_is_written(
    words: str, message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert scaling(tmp_path / "new", *words.split()) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err
    assert not (tmp_path / "new").exists()
