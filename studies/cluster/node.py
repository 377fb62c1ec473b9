"""What runs on a node: its description, and a part of a run. A node opens no storage and writes no file.

A run is trained in parts of at least an epoch. Each part begins from the checkpoint that the part before it returned,
so the driver has the epochs of a part and its checkpoint once it ends, and a lost node loses one part.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

import seq2seq_core
import studies
from results.tables.provenance import processor
from seq2seq_core.config import ConfigError
from seq2seq_core.config.device import check_compiler, check_device, gpu_name
from seq2seq_core.installed import PartError
from seq2seq_core.training import EpochMetrics
from studies.planning.plan import Plan
from studies.planning.run_rows import Rows
from studies.sources.code import Code, changes, digest_of
from studies.sources.source import load_code, load_installed
from studies.training.run_task import perform

MAX_CHECKPOINT_BYTES = 64 * 2**20
"""A run with a larger checkpoint is trained in one part, so that its checkpoint never travels."""

_one_run = threading.Lock()
"""Dropout uses the random numbers of the process, so a process trains one run at a time, also for two drivers."""
_files: dict[str | None, tuple[Path, ...]] = {}
"""The files of the studies from outside this project that this process has loaded."""


@dataclass(frozen=True)
class Description:
    """A node, as it describes itself."""

    host: str
    pid: int
    processor: str
    gpu: str
    """Empty on the CPU."""
    versions: Mapping[str, str]
    """What has to be equal on all nodes: the code of this project, Python, torch."""
    outside: Mapping[str, str]
    """What the runs need from outside this project; see `Plan.outside`. Empty if there is a problem."""
    problem: str
    """Why it cannot train runs of the study; empty if it can."""


@dataclass(frozen=True)
class Part:
    """The result of a part of a run."""

    points: tuple[EpochMetrics, ...]
    """The epochs that the driver does not have yet."""
    checkpoint: bytes | None
    """That of the last epoch; None if it is too large."""
    rows: Rows | None
    """Of a finished run; None if more parts follow."""


class _PartEnded(Exception):
    """Ends the training after an epoch."""


def versions() -> dict[str, str]:
    folders = [Path(package.__file__ or "").parent for package in (seq2seq_core, studies)]
    digests = [
        f"{path.relative_to(folder.parent).as_posix()} {digest_of(path.read_bytes())}"
        for folder in folders
        for path in sorted(folder.rglob("*.py"))
    ]
    code = hashlib.sha256("\n".join(digests).encode()).hexdigest()[:12]
    return {"code": code, "Python": ".".join(platform.python_version_tuple()[:2]), "torch": str(torch.__version__)}


def describe(name: str, source: str | None, code: Code, device: str, plan: bytes) -> Description:
    """Loads the study, and the data of the pickled plan. `code` is that of the study, on the machine of the driver."""
    outside, gpu, problem = dict[str, str](), "", ""
    try:
        outside = _load(name, source, code, device, plan)
        gpu = gpu_name(device)
    except (ConfigError, PartError) as error:
        problem = str(error)
    except KeyError as error:
        problem = f"{error} is no part here"
    return Description(socket.gethostname(), os.getpid(), processor(), gpu, versions(), outside, problem)


def train_part(task: bytes, source: str | None, known: int, seconds: float) -> Part:
    """Trains a pickled task until an epoch ends after so many seconds, or the run is finished.

    `source` is that of `describe`, `known` the number of epochs that the driver has. CheckpointError if the checkpoint
    cannot be used.
    """
    points, checkpoints = list[EpochMetrics](), list[bytes]()
    started = time.monotonic()

    def keep(checkpoint: bytes) -> None:
        if len(checkpoint) <= MAX_CHECKPOINT_BYTES:
            checkpoints[:] = [checkpoint]
            if time.monotonic() - started >= seconds:
                raise _PartEnded

    def result(rows: Rows | None) -> Part:
        return Part(tuple(points[known:]), checkpoints[0] if checkpoints else None, rows)

    with _one_run:
        torch.set_num_threads(1)  # rows do not depend on the number of threads of a node
        try:
            return result(perform(pickle.loads(task), points.append, keep, files=_files.get(source, ())))
        except _PartEnded:
            return result(None)


def _load(name: str, source: str | None, code: Code, device: str, plan: bytes) -> dict[str, str]:
    """What the runs need from outside this project, as it is here. ConfigError if they cannot be trained."""
    check_device(device)
    if source:
        _, files = load_code(source)
        found, _files[source] = files.code, tuple(files.paths.values())
    else:
        found = load_installed(name)
    if different := changes(dict(code), dict(found)):
        raise ConfigError(f"{source or name}: {different}")
    planned: Plan = pickle.loads(plan)
    for variant in planned.variants:
        variant.setup.build_recipe()  # it may need an optional dependency
        check_compiler(variant.setup.model, device)
    _ = planned.data  # runs find it by its content
    return planned.outside
