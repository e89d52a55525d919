"""Packages of the environment: which modules go in by import, and which can't."""

from __future__ import annotations

from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from scm.compiler.artefacts import SourceModule
from scm.compiler.environment import Dependencies, Environment, find_dependencies

SUFFIX = EXTENSION_SUFFIXES[0]
FILES = {
    "pure/__init__.py": "from .parts import one\nimport json\n",
    "pure/parts.py": "from pure import data\n",
    "pure/data/table.csv": "",
    "late.py": "def f():\n    import single\n",
    "single.py": "",
    "space/inner/deep.py": "X = 1\n",
    "fast/__init__.py": (
        "try:\n    from ._fast import f\nexcept ImportError:\n    from ._slow import f\n"
    ),
    f"fast/_fast{SUFFIX}": "",
    "fast/_slow.py": "",
    "quick.py": (
        "from contextlib import suppress\n"
        "with suppress(ImportError):\n    import single\n    from fast._fast import f\n"
    ),
    "older.py": (
        "import sys\nif sys.version_info < (3, 11):\n    import heavy, single\n"
        "else:\n    import late\n"
    ),
    "typed.py": "if TYPE_CHECKING:\n    import heavy\nelif True:\n    import single\n",
    "heavy/__init__.py": "from . import core\n",
    f"heavy/core{SUFFIX}": "",
    "both/__init__.py": "from . import it\n",
    f"both/it{SUFFIX}": "",
    "both/it.py": "",
    "uses_heavy.py": "import heavy\n",
    "far/__init__.py": "from far import api\n",
    "far/api.py": "import uses_heavy\n",
    "around.py": (
        "try:\n    from through import f\nexcept ImportError:\n    import single\n"
        "def g():\n    import uses_heavy\n"
    ),
    "through.py": "from fast._fast import f\n",
    "twice.py": "import around, through\n",
    "broken.py": "def",
}


@pytest.fixture
def where(tmp_path: Path) -> Environment:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Environment([tmp_path / "nothing", tmp_path])


def found(where: Environment, text: str, *include: str) -> Dependencies:
    return find_dependencies([SourceModule("canister", "canister.py", text)], include, where)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import pure", {"pure", "pure.parts"}),
        ("from pure.parts import one", {"pure", "pure.parts"}),
        ("import late", {"late", "single"}),
        ("import space.inner.deep", {"space", "space.inner", "space.inner.deep"}),
        ("import fast", {"fast", "fast._slow"}),
        ("import quick", {"quick", "single", "fast", "fast._slow"}),
        ("import older", {"older", "late", "single"}),
        ("import typed", {"typed", "single"}),
        ("import both", {"both", "both.it"}),
        (
            "import around",
            {"around", "through", "fast", "fast._slow", "single", "uses_heavy", "heavy"},
        ),
        ("import json, scm, nothing_like_it", set()),
        ("import broken", {"broken"}),
        ("import canister", set()),
    ],
)
def test_modules_are_found_by_import(where, text, names):
    dependencies = found(where, text)
    assert {item.name for item in dependencies.modules} == names
    assert dependencies.natives == ()


def test_paths_are_those_below_the_folder(where):
    paths = {item.name: item.path for item in found(where, "import pure, space.inner.deep").modules}
    assert paths["pure"] == "pure/__init__.py"
    assert paths["space"] == "space/__init__.py"  # Without a file: an empty one.
    assert paths["pure.parts"] == "pure/parts.py"


@pytest.mark.parametrize(
    "text", ["import heavy", "import uses_heavy", "def f():\n    import heavy"]
)
def test_a_native_extension_is_named(where, text):
    (native,) = found(where, text).natives
    assert (native.name, native.file) == ("heavy.core", f"heavy/core{SUFFIX}")
    assert native.chain[-2:] == ("heavy", "heavy.core")
    assert native.chain[0] == native.root
    assert native.root in ("heavy", "uses_heavy")


def test_the_way_to_a_native_extension_is_told(where):
    (native,) = found(where, "import far").natives
    assert native.chain == ("far", "far.api", "uses_heavy", "heavy", "heavy.core")
    (native,) = found(where, "", "heavy.core").natives
    assert native.chain == ("heavy.core",)


def test_a_native_extension_that_is_needed_after_all_is_named(where):
    (native,) = found(where, "import twice").natives
    assert native.chain == ("twice", "through", "fast._fast")
    (native,) = found(where, "import around\ndef f():\n    import uses_heavy").natives
    assert native.chain == ("uses_heavy", "heavy", "heavy.core")


def test_included_modules_are_found_without_an_import(where):
    assert {item.name for item in found(where, "", "single").modules} == {"single"}
