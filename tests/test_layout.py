"""The docstring of each folder lists its modules and sub-folders, so that a newcomer finds them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("seq2seq_core", "results", "benchmarks", "studies")
FOLDERS = [path.parent for package in PACKAGES for path in sorted((ROOT / package).rglob("__init__.py"))]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_the_docstring_of_a_folder_lists_its_modules_and_sub_folders(folder: Path) -> None:
    listed = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}
    folders = {path.parent.name for path in folder.glob("*/__init__.py")}
    # At the start of a line, alone or among names that two spaces follow; or after a semicolon.
    lines = r"^ *((\w+ )*{0}/?( \w+)*  |{0}/? )|; {0}: "
    assert {name for name in modules | folders if not re.search(lines.format(name), listed, re.MULTILINE)} == set()
