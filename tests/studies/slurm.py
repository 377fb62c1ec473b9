"""Slurm on this machine, with all its files in a folder: a controller, and one node with two processors.

`PYTHONPATH=. python tests/studies/slurm.py FOLDER` starts it, prints its SLURM_CONF, and stops it at the end of stdin.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "sinfo")
START_SECONDS = 60.0

CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SchedulerParameters=sched_interval=1
NodeName={host} NodeAddr=127.0.0.1 Port={node_port} CPUs=2 RealMemory=2000 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES State=UP
"""


class Unavailable(Exception):
    """Why Slurm cannot be started here."""


class Slurm:
    """Slurm, from `start` to `stop`. The variable SLURM_CONF in the environment of a process makes it use this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.conf = folder / "slurm.conf"
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Raises Unavailable if a program is missing, or the node does not come up."""
        if os.name != "posix" or os.geteuid() != 0:
            raise Unavailable("Slurm's daemons need root")
        missing = [name for name in PROGRAMS if shutil.which(name) is None]
        if missing:
            raise Unavailable(f"not found: {', '.join(missing)}; Debian: apt-get install slurmctld slurmd munge")
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        (self.folder / "munge.key").write_bytes(os.urandom(128))
        (self.folder / "munge.key").chmod(0o400)
        ports = {"controller_port": free_port(), "node_port": free_port()}
        self.conf.write_text(CONF.format(host=socket.gethostname().partition(".")[0], folder=self.folder, **ports))
        files = {name: f"{self.folder}/munge.{name}" for name in ("socket", "key", "pid", "seed", "log")}
        self._run(
            *("munged", "--foreground", "--force", "--socket", files["socket"], "--key-file", files["key"]),
            *("--pid-file", files["pid"], "--seed-file", files["seed"], "--log-file", files["log"]),
        )
        self._wait(lambda: Path(files["socket"]).exists(), "munged")
        self._run("slurmctld", "-D", "-f", str(self.conf))
        self._run("slurmd", "-D", "-f", str(self.conf))
        self._wait(lambda: self.command("sinfo", "--noheader", "--format=%T").strip() == "idle", "the node")

    def command(self, *words: str) -> str:
        done = subprocess.run(words, env=os.environ | {"SLURM_CONF": str(self.conf)}, capture_output=True, text=True)
        return done.stdout

    def stop(self) -> None:
        self.command("scancel", "--user=root", "--signal=KILL")
        for process in reversed(self._processes):
            process.terminate()
            process.wait()

    def _run(self, *words: str) -> None:
        with (self.folder / f"{words[0]}.output").open("wb") as output:
            self._processes.append(subprocess.Popen(words, stdout=output, stderr=output))

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + START_SECONDS
        while not condition():
            if time.monotonic() > end or any(process.poll() is not None for process in self._processes):
                logs = [path.read_text(errors="replace")[-500:] for path in self.folder.glob("*.output")]
                raise Unavailable(f"{what} does not start: {' '.join(' '.join(logs).split())}")
            time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


if __name__ == "__main__":
    slurm = Slurm(Path(sys.argv[1]).absolute())
    try:
        slurm.start()
        print(slurm.conf, flush=True)
        sys.stdin.read()
    finally:
        slurm.stop()
