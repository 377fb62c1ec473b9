"""The guide of clusters: its recipes are short and use options that exist, and its manifest is one of Kubernetes."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import dask
import pytest
import yaml
from click.testing import CliRunner
from distributed.cli.dask_scheduler import main as scheduler
from distributed.cli.dask_worker import main as worker

from studies.cluster.connection import import_jobqueue
from studies.command_line.study_commands import run

import_jobqueue()  # it adds its settings to Dask's
FOLDER = Path(__file__).parents[2] / "studies"
GUIDE = (FOLDER / "CLUSTER.md").read_text()
RECIPES = dict(re.findall(r"## (.+), step by step\n\n((?:    .+\n)+)", GUIDE))
MANIFEST: list[dict[str, Any]] = list(yaml.safe_load_all((FOLDER / "cluster" / "kubernetes.yaml").read_text()))
KINDS = {"Service": "v1", "Deployment": "apps/v1", "NetworkPolicy": "networking.k8s.io/v1"}
OPTION = re.compile(r"(?<![\w-])--[a-z-]+")


def options_of(command: Any) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


@pytest.mark.parametrize("name", ["Slurm", "Kubernetes", "Machines with ssh"])
def test_a_recipe_has_at_most_ten_lines_and_ends_in_a_study(name: str) -> None:
    lines = RECIPES[name].splitlines()
    assert len(lines) <= 10
    (study,) = [line for line in lines if "retrograde run attention" in line]
    assert set(OPTION.findall(study)) <= options_of(run)


def test_the_recipe_of_slurm_writes_a_file_of_dask_jobqueue(tmp_path: Path) -> None:
    lines = [line for line in RECIPES["Slurm"].splitlines() if "slurm.yaml" in line and "printf" in line]
    subprocess.run("\n".join(lines), shell=True, check=True, cwd=tmp_path, env={"HOME": "/home/me"})
    (system, settings), *others = yaml.safe_load((tmp_path / "slurm.yaml").read_text())["jobqueue"].items()
    assert (system, others) == ("slurm", [])
    assert settings["shared-temp-directory"] == "/home/me"
    assert settings.keys() <= dask.config.get("jobqueue.slurm").keys()
    assert settings["cores"] == settings["processes"]


def test_the_options_of_dask_in_the_recipes_and_the_manifest_exist() -> None:
    recipe = RECIPES["Machines with ssh"].replace("\\\n", " ")
    used = [line.partition(f"dask {role}")[2] for line in recipe.splitlines() for role in ("scheduler", "worker")]
    words = [set(OPTION.findall(line)) for line in used if line]
    assert len(words) == 2
    assert words[0] <= options_of(scheduler)
    assert words[1] <= options_of(worker)
    for role, command in (("scheduler", scheduler), ("worker", worker)):
        (container,) = deployments()[role]["containers"]
        assert container["command"][:2] == ["dask", role]
        assert {word for word in container["command"] if word.startswith("--")} <= options_of(command)
        assert CliRunner().invoke(command, ["--help"]).exit_code == 0


def deployments() -> dict[str, Any]:
    found = {part["metadata"]["name"]: part["spec"] for part in MANIFEST if part["kind"] == "Deployment"}
    return {name.removeprefix("retrograde-"): spec["template"]["spec"] for name, spec in found.items()}


def test_the_parts_of_the_manifest_have_the_form_that_kubernetes_reads_and_fit_together() -> None:
    assert [part["apiVersion"] for part in MANIFEST] == [KINDS[part["kind"]] for part in MANIFEST]
    service, *others = MANIFEST
    for part in others:
        if part["kind"] == "Deployment":
            assert part["spec"]["selector"]["matchLabels"] == part["spec"]["template"]["metadata"]["labels"]
            assert isinstance(part["spec"]["replicas"], int)
    containers = {role: spec["containers"][0] for role, spec in deployments().items()}
    (port,) = service["spec"]["ports"]
    assert containers["scheduler"]["ports"] == [{"containerPort": port["port"]}]
    assert f"tcp://{service['metadata']['name']}:{port['port']}" in containers["worker"]["command"]
    assert all(isinstance(word, str) for container in containers.values() for word in container["command"])


def test_ctrl_c_does_the_same_after_the_import_of_dask_jobqueue() -> None:
    """The import alone makes it end the process with status 0."""
    code = (
        "import signal; from studies.cluster.connection import import_jobqueue\n"
        "import_jobqueue()\n"
        "print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
