"""Reading projects: names, main modules, imports, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from scm.compiler.project import load_project
from scm.errors import ConfigurationError


def write_files(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def module_names(path: Path) -> list[str]:
    return [module.name for module in load_project(path).modules]


def test_folder_gives_name_main_and_lock(tmp_path: Path) -> None:
    root = write_files(tmp_path / "vault", {"canister.py": "x = 1\n"})
    project = load_project(root)
    assert (project.name, project.main) == ("vault", "canister")
    assert project.lock_path == root / "scm.lock"
    assert [(module.name, module.path) for module in project.modules] == [
        ("canister", "canister.py")
    ]


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ('[project]\nname = "ledger"\n', "ledger"),
        ('[tool.scm]\nname = "bank"\n[project]\nname = "ledger"\n', "bank"),
        ("[tool.other]\n", "vault"),
    ],
)
def test_name_comes_from_the_settings_before_the_folder(
    tmp_path: Path, settings: str, name: str
) -> None:
    root = write_files(tmp_path / "vault", {"canister.py": "", "pyproject.toml": settings})
    assert load_project(root).name == name
    assert load_project(root / "canister.py").name == name


def test_main_module_can_be_in_a_package(tmp_path: Path) -> None:
    root = write_files(
        tmp_path,
        {
            "pyproject.toml": '[tool.scm]\nmain = "bank.vault"\n',
            "bank/__init__.py": "from bank import extra\n",
            "bank/extra.py": "",
            "bank/vault.py": "from . import records\nfrom .deep.inner import thing\n",
            "bank/records.py": "",
            "bank/deep/__init__.py": "",
            "bank/deep/inner.py": "from ..other import x\n",
            "bank/other.py": "",
            "bank/unused.py": "",
        },
    )
    assert module_names(root) == [
        *("bank.vault", "bank", "bank.deep", "bank.deep.inner"),
        *("bank.extra", "bank.other", "bank.records"),
    ]


def test_folder_without_init_is_no_package(tmp_path: Path) -> None:
    root = write_files(tmp_path, {"canister.py": "import lib.m\n", "lib/m.py": ""})
    with pytest.raises(ConfigurationError) as caught:
        load_project(root)
    assert caught.value.help == "add an empty file `lib/__init__.py`"


def test_name_must_be_a_file_name(tmp_path: Path) -> None:
    files = {"pyproject.toml": '[project]\nname = "../x"\n', "canister.py": ""}
    with pytest.raises(ConfigurationError, match="can't be the name of a file"):
        load_project(write_files(tmp_path, files))


def test_imports_anywhere_are_followed_and_cycles_end(tmp_path: Path) -> None:
    root = write_files(
        tmp_path,
        {
            "canister.py": "def f():\n    import a.b.c as d\nif 1:\n    from e import *\n",
            "a/__init__.py": "",
            "a/b/__init__.py": "",
            "a/b/c.py": "import canister\n",
            "e.py": "import json, os.path\n",
        },
    )
    assert module_names(root) == ["canister", "a", "a.b", "a.b.c", "e"]


def test_module_with_syntax_error_is_kept_for_discovery(tmp_path: Path) -> None:
    root = write_files(tmp_path, {"canister.py": "import broken\n", "broken.py": "def\n"})
    assert module_names(root) == ["canister", "broken"]


def test_second_canister_in_a_folder_has_its_own_name_and_lock(tmp_path: Path) -> None:
    root = write_files(tmp_path, {"canister.py": "", "ledger.py": ""})
    project = load_project(root / "ledger.py")
    assert (project.name, project.main) == ("ledger", "ledger")
    assert project.lock_path == root / "ledger.scm.lock"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no `canister.py`"),
        ({"canister.py": "", "pyproject.toml": "x ="}, "not valid TOML"),
        ({"canister.py": "", "pyproject.toml": "[tool.scm]\nname = 1\n"}, "must be a text"),
        ({"canister.py": "", "pyproject.toml": '[tool.scm]\nnam = "x"\n'}, "unknown setting `nam`"),
        ({"canister.py": "", "pyproject.toml": '[tool]\nscm = "x"\n'}, "`tool.scm` in .* a table"),
        ({"canister.py": "", "pyproject.toml": "tool = 3\n"}, "`tool` in .* must be a table"),
        ({"canister.py": "", "pyproject.toml": "project = []\n"}, "`project` in .* a table"),
        ({"canister.py": "", "pyproject.toml": '[tool.scm]\nmain = "../x"\n'}, "not a module name"),
        ({"canister.py": "", "pyproject.toml": '[tool.scm]\nmain = "x.y"\n'}, "no `x/y.py`"),
    ],
)
def test_wrong_project_is_refused_with_a_help(
    tmp_path: Path, files: Mapping[str, str], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        load_project(write_files(tmp_path, files))
    assert caught.value.help


def test_what_is_no_project_is_refused(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("")
    for name in ("readme.txt", "absent", "absent.py"):
        with pytest.raises(ConfigurationError, match="neither a project folder"):
            load_project(tmp_path / name)


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "canister.py").write_bytes(b"x = '\xff'\n")
    with pytest.raises(ConfigurationError, match=r"not UTF-8 text \(byte 5\)"):
        load_project(tmp_path)


def test_byte_order_mark_and_line_ends_are_dropped(tmp_path: Path) -> None:
    (tmp_path / "canister.py").write_bytes(b"\xef\xbb\xbfx = 1\r\ny = 2\r\n")
    assert load_project(tmp_path).modules[0].text == "x = 1\ny = 2\n"
