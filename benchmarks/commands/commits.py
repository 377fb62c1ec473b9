"""The command `bench --commits A B`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks import DEFAULT_PROFILE
from benchmarks.commits.checkout import find_commit, repository_here
from benchmarks.commits.measure import measure_commits
from benchmarks.commits.side import WorkerError
from benchmarks.session.command import RESULTS
from benchmarks.session.kind import named
from results.compare import compare_commits
from results.compare.commits import MINIMUM_ROUNDS
from results.errors import InputError
from results.tables import provenance
from results.terminal.folder_lock import lock_folder
from results.terminal.process import DONE, FAULT, say
from seq2seq_core.config import ConfigError
from seq2seq_core.config.device import check_device


def run_commits(
    names: tuple[str, str], rounds: int, profile: str, device: str | None, keyword: str | None, out: Path | None
) -> int:
    """Times two commits of the repository in which it is called, and prints what changed; returns the exit status."""
    if rounds < MINIMUM_ROUNDS:
        raise InputError(f"--rounds: {rounds} is refused; expected at least {MINIMUM_ROUNDS}, which a verdict needs")
    try:
        check_device(device or "cpu")
    except ConfigError as error:
        raise InputError(str(error)) from error
    repository = repository_here(Path.cwd())
    commits = {side: find_commit(repository, name) for side, name in zip("ab", names, strict=True)}
    options = {"profile": profile, "device": device, "k": keyword}
    given = {name: value for name, value in options.items() if value is not None}
    if out is None:
        words = [profile] * (profile != DEFAULT_PROFILE)
        words += [f"{name}={value}" for name, value in given.items() if name != "profile"]
        words += [f"rounds={rounds}"] * (rounds != MINIMUM_ROUNDS)
        out = Path(RESULTS, named("commits", [*(commit.id[:10] for commit in commits.values()), *words]))
    with lock_folder(provenance.prepare(out)):
        try:
            measure_commits(commits, rounds, given, out, _command(names, rounds, given))
        except WorkerError as error:
            say(str(error))
            return FAULT
        compared = compare_commits(out)
    print(*compared.lines(), f"rows: {out / 'commits.csv'}", sep="\n")
    return FAULT if compared.worse else DONE


def _command(names: Sequence[str], rounds: int, options: dict[str, str]) -> list[str]:
    words = [word for name, value in options.items() for word in ("-k" if name == "k" else f"--{name}", value)]
    return ["retrograde", "bench", "--commits", *names, "--rounds", str(rounds), *words]
