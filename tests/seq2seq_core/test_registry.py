"""A registry refuses a name that another class has, and takes a class that is defined again."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

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
    return Registry("thing")


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
