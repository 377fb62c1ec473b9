"""A registry refuses a name that another class has and what is no class of its kind; it takes a class that is defined
again."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from seq2seq_core import ConfigError, ModelConfig, installed
from seq2seq_core.registry import Registry


def defined_in(file: Path, qualified: str = "Mine") -> type[object]:
    """A new class, as each load of a file defines one."""
    module = ModuleType(file.stem)
    module.__file__ = str(file)
    sys.modules[file.stem] = module
    return type(qualified, (), {"__module__": file.stem})


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry[object]:
    for name in ("registered_here", "registered_there"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))  # the end of the test removes them
    return Registry("thing", object)


HERE, THERE = Path("/a/registered_here.py"), Path("/b/registered_there.py")


def test_a_class_that_its_file_defines_again_replaces_itself(registry: Registry[object]) -> None:
    first, again = defined_in(HERE), defined_in(HERE)
    registry.add("mine", first)
    registry.add("mine", again)
    assert registry["mine"] is again


@pytest.mark.parametrize(("file", "qualified"), [(THERE, "Mine"), (HERE, "Other")])
def test_a_name_that_another_class_has_is_refused(registry: Registry[object], file: Path, qualified: str) -> None:
    first = defined_in(HERE)
    registry.add("mine", first)
    with pytest.raises(ValueError, match=r"'mine' is already the class Mine of registered_here\.py; expected"):
        registry.add("mine", defined_in(file, qualified))
    assert registry["mine"] is first


def test_the_parts_of_a_file_are_found(registry: Registry[object]) -> None:
    registry.add("here", defined_in(HERE))
    registry.add("there", defined_in(THERE))
    assert registry.of_files([HERE]) == ["here"]
    assert registry.of_files([HERE, THERE]) == ["here", "there"]
    with pytest.raises(KeyError):
        registry["nowhere"]


@pytest.fixture
def _package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed package, whose entry points name a module and a class that are no scores."""
    (tmp_path / "no_scores.py").write_text("class Cosine: ...\n")
    metadata = tmp_path / "no_scores-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: no-scores\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[retrograde.scores]\nof_module = no_scores\nof_class = no_scores:Cosine\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "no_scores", ModuleType("no_scores"))  # the end of the test removes it
    del sys.modules["no_scores"]
    installed.offered.cache_clear()
    yield
    installed.offered.cache_clear()


@pytest.mark.usefixtures("_package")
@pytest.mark.parametrize(("name", "place"), [("of_module", "no_scores"), ("of_class", "no_scores:Cosine")])
def test_an_entry_point_that_names_no_class_of_the_kind_is_refused(name: str, place: str) -> None:
    line = f"the score {name!r}: {place} is refused; expected a class that derives from Score$"
    for _ in range(2):
        with pytest.raises(ConfigError, match=line):
            ModelConfig(score=name)
