"""Whether a study's file has changed only in its words, so that the rows measured before are still its rows.

The copies in an output folder are compared with the files as they are now, by their syntax trees. Comments, docstrings
and the descriptions in `STUDY = Study(...)` may differ; a change of anything else may have changed a measurement.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from results.errors import InputError
from studies.sources.code import Files, changes, digest_of
from studies.sources.kept_code import CODE

DESCRIPTIONS = ("question", "contrasts", "switches", "decision", "published", "differences")
"""The arguments of Study that may differ. Which arms they compare is checked in the settings."""


def check_wording(files: Files, before: Mapping[str, str], folder: Path) -> None:
    """InputError if the files of a study differ in more than words from those with the hashes `before`, whose copies
    are in the output folder."""
    now = dict(files.code)
    if before.keys() != now.keys():
        raise InputError(f"{files.main}: {changes(before, now)}; expected the files that the rows were measured with")
    for name in [name for name in now if now[name] != before[name]]:
        path, copy = files.paths[name], folder / CODE / name
        if not copy.is_file() or digest_of(copy.read_bytes()) != before[name]:
            raise InputError(f"{copy} is not the file {name} of the rows; expected the copy that `run` has written")
        if _measured(path, main=path == files.main) != _measured(copy, main=path == files.main):
            raise InputError(
                f"{path}: it differs from {copy} in more than comments, docstrings and the {', '.join(DESCRIPTIONS)} "
                "in STUDY = Study(...), and may measure something else; expected the code as it was, or a new run in "
                "another folder"
            )


def _measured(path: Path, *, main: bool) -> str:
    """What a file says without comments and docstrings, and without the descriptions in the file of the study."""
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [one for one in node.body if not _is_docstring(one)]
    for node in tree.body if main else []:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if [ast.unparse(target) for target in targets] == ["STUDY"]:
                node.value.keywords = [one for one in node.value.keywords if one.arg not in DESCRIPTIONS]
    if main:  # a decision that is added needs an import
        tree.body = [one for one in tree.body if not _imports_comparisons(one)]
    return ast.dump(tree)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _imports_comparisons(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "studies.design.comparisons"
