"""Which of scm's modules belong in a canister."""

from __future__ import annotations

from scm.compiler.bundle import find_imports
from scm.compiler.mypyc import FRAMEWORK
from scm.compiler.runtime_base import REPLACED_BY_C, RUNTIME_ROOTS, checked_only, runtime_sources


def test_what_a_canister_imports_of_scm_is_among_its_modules() -> None:
    sources = runtime_sources()
    for name, source in sources.items():
        assert (FRAMEWORK / source.path).read_text(encoding="utf-8") == source.text
        for imported in find_imports(name, source).at_import:
            path = FRAMEWORK / imported.replace(".", "/")
            exists = path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()
            assert imported in sources or not exists, f"{name} imports {imported}"


def test_roots_and_faces_of_c_modules_are_among_them() -> None:
    sources = runtime_sources()
    assert sources.keys() >= {*RUNTIME_ROOTS, *REPLACED_BY_C}
    assert "scm/runtime/ic0.py" in checked_only(sources)
    assert sources["scm.candid"].is_package
