"""The code of a study outside this project: which files it has, and what their hashes depend on."""

from pathlib import Path

import pytest

from studies.sources.code import changes, files_of

FILES = {
    "study.py": "import one\ndef later():\n    from two import name\nimport torch, studies.design\n",
    "one.py": "import pkg.inner.deep\n",
    "two.py": "",
    "three.py": "",
    "pkg/__init__.py": "",
    "pkg/inner/__init__.py": "from . import near\nfrom ..other import x\n",
    "pkg/inner/deep.py": "",
    "pkg/inner/near.py": "",
    "pkg/other.py": "",
    "pkg/unused.py": "",
    "studies.py": "",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def code(folder: Path) -> dict[str, str]:
    return dict(files_of(str(folder / "study.py")).code)


def test_it_is_the_file_and_the_modules_beside_it_that_it_imports(folder: Path) -> None:
    assert [*code(folder)] == sorted(FILES.keys() - {"three.py", "pkg/unused.py", "studies.py"})


@pytest.mark.parametrize("name", ["study.py", "two.py", "pkg/inner/near.py"])
def test_a_change_of_one_file_is_named(folder: Path, name: str) -> None:
    before = code(folder)
    (folder / name).write_text(f"{FILES[name]}# more\n")
    assert changes(before, code(folder)) == f"{name} has changed"


def test_line_ends_are_no_change(folder: Path) -> None:
    before = code(folder)
    for ends in (b"\r\n", b"\r"):
        for name, text in FILES.items():
            (folder / name).write_bytes(text.encode().replace(b"\n", ends))
        assert code(folder) == before


def test_a_file_that_is_imported_later_and_one_that_is_removed_are_named(folder: Path) -> None:
    before = code(folder)
    (folder / "two.py").write_text("import three\n")
    (folder / "pkg" / "other.py").unlink()
    assert changes(before, code(folder)) == "pkg/other.py is no longer used, three.py is new, two.py has changed"


def test_the_new_version_of_a_package_is_named() -> None:
    assert changes({"extras": "1.0"}, {"extras": "1.1"}) == "extras has changed from 1.0 to 1.1"
    assert changes({"extras": "1.0"}, {"extras": "1.0"}) == ""
