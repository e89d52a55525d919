"""What goes into a canister: modules that are imported, directly or not, and no others."""

from __future__ import annotations

import pytest

from scm.compiler.bundle import (
    HIDDEN_IMPORTS,
    PythonSource,
    builtin_modules,
    make_bundle,
    stdlib_source,
)


def names_in(bundle):
    return {module.name for module in bundle.modules} | set(bundle.builtins)


def test_modules_that_python_imports_are_followed():
    assert {"json", "json.decoder", "_json", "re._parser"} <= names_in(
        make_bundle({"json"}, {}, frozenset())
    )


def test_modules_that_c_code_imports_are_followed():
    assert {"decimal", "_decimal", "numbers"} <= names_in(make_bundle({"decimal"}, {}, frozenset()))


def test_queues_that_wait_for_good_stay_out():
    assert "_queue" in builtin_modules()
    assert "_queue" not in names_in(make_bundle({"queue"}, {}, frozenset()))


def test_what_c_imports_for_a_name_is_followed():
    source = PythonSource("import time\n\n\ndef f(t):\n    time.strptime(t)\n", "m.py", False)
    assert "_strptime" in names_in(make_bundle({"m"}, {"m": source}, frozenset()))
    assert "_strptime" not in names_in(make_bundle({"time"}, {}, frozenset()))


def test_codecs_that_the_library_asks_for_are_followed():
    assert "encodings.cp437" in names_in(make_bundle({"zipfile"}, {}, frozenset()))
    assert "encodings.idna" not in names_in(make_bundle({"http.client"}, {}, frozenset()))


def test_what_nobody_imports_stays_out():
    assert not {"decimal", "_decimal", "json", "datetime"} & names_in(
        make_bundle({"re"}, {}, frozenset())
    )


@pytest.mark.parametrize("name", sorted(HIDDEN_IMPORTS))
def test_table_of_hidden_imports_names_modules_that_exist(name):
    assert name in builtin_modules() or stdlib_source(name) is not None
    for imported in HIDDEN_IMPORTS[name]:
        assert imported in builtin_modules() or stdlib_source(imported) is not None


def test_bundle_is_the_same_whatever_the_order_of_its_roots():
    roots = ["json", "decimal", "enum"]
    first, second = (make_bundle(order, {}, frozenset()) for order in (roots, roots[::-1]))
    assert first.to_bytes() == second.to_bytes()
