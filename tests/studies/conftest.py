"""What the tests of studies share: storages, a small study, and the expected tables of a small real study."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import LONG, bare_tables
from dask_processes import Cluster, Server
from disks import small_disk
from postgres import own_postgres, postgres, postgres_server

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.study import Arm, Profile, Study
from studies.engine.storage import default_url

__all__ = ["own_postgres", "postgres", "postgres_server", "small_disk"]  # fixtures


@pytest.fixture(params=["sqlite", "postgresql"])
def storage_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty storage: SQLite, then PostgreSQL."""
    return default_url(tmp_path) if request.param == "sqlite" else str(request.getfixturevalue("postgres"))


@pytest.fixture(scope="session")
def study() -> Study:
    return Study(
        question="Which?",
        base=ModelConfig(hidden_size=4, embedding_size=3),
        task=TaskConfig(letters=2, min_length=1, max_length=3),
        training=TrainConfig(epochs=2, steps_per_epoch=2, batch_size=3, evaluation_size=4, test_size=4),
        baseline="none",
        arms={"none": Arm(score=None), "dot": Arm(score="dot")},
        primary="steps_to_99",
        profiles={
            "smoke": Profile(seeds=1, training={"epochs": 1}),
            "quick": Profile(seeds=2),
            "full": Profile(seeds=3, factors={"max_length": (3, 4), "cell": ("gru", "lstm", "rnn")}),
        },
    )


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[str]]]:
    """The expected tables of a study of `LONG` runs, with or without interruptions."""
    return bare_tables(tmp_path_factory.mktemp("bare") / "tables", LONG)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.stop()


@pytest.fixture
def cluster(server: Server, tmp_path: Path) -> Iterator[Cluster]:
    one = Cluster(server, tmp_path / "cluster")
    yield one
    one.stop()
