"""Classes whose metaclass comes from a module that is not compiled, as those of a package."""

from __future__ import annotations

import pytest

from scm.testing.building import install_canister

pytestmark = pytest.mark.toolchain

MAIN = """\
from scm import query, state, text

from models import Base


class Point(Base):
    x: int
    y: int = 5


class Deep(Point):
    z: int = 1


@state
class Nothing:
    pass


@query
def fields() -> text:
    return f"{Point(x=1).shown()} {Deep(x=2, z=3).shown()} {Base.made}"
"""
META = """\
class Meta(type):
    def __new__(mcs, name, bases, space):
        made = super().__new__(mcs, name, bases, space)
        made.made.append(name)
        spaces = [vars(base) for base in reversed(made.__mro__)]
        made.fields = [name for space in spaces for name in space.get("__annotations__", ())]
        return made
"""
MODELS = """\
from typing import Any, ClassVar

from meta import Meta


class Base(metaclass=Meta):
    made: ClassVar[list[str]] = []
    fields: ClassVar[list[str]]

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)

    def shown(self) -> str:
        return ", ".join(f"{name}={getattr(self, name)}" for name in self.fields[2:])
"""


def test_such_classes_are_interpreted(tmp_path, build_canister, replica):
    folder = tmp_path / "metaclasses"
    folder.mkdir()
    (folder / "canister.py").write_text(MAIN)
    (folder / "meta.py").write_text(META)
    (folder / "models.py").write_text(MODELS)
    (folder / "pyproject.toml").write_text('[tool.scm]\nbytecode = ["meta", "models"]\n')
    canister = install_canister(replica, build_canister(folder))
    assert canister.fields() == "x=1, y=5 x=2, y=5, z=3 ['Base', 'Point', 'Deep']"
