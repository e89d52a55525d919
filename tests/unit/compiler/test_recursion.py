"""Checks of depth in mypyc's C."""

from __future__ import annotations

import pytest

from scm.compiler.recursion import bound_recursion, find_cycles


@pytest.mark.parametrize(
    ("calls", "cycles"),
    [
        ({}, []),
        ({"a": {"b"}, "b": set()}, []),
        ({"a": {"a"}}, [{"a"}]),
        ({"a": {"b"}, "b": {"a"}, "c": {"a"}}, [{"a", "b"}]),
        ({"a": {"b", "c"}, "b": {"a"}, "c": {"d"}, "d": {"c"}}, [{"c", "d"}, {"a", "b"}]),
        ({str(n): {str(n + 1)} for n in range(5_000)} | {"5000": {"0"}}, None),
    ],
)
def test_cycles_are_found(calls, cycles):
    found = find_cycles(calls)
    assert found == cycles if cycles is not None else len(found[0]) == 5_001


PLAIN = """\
#include <CPy.h>
CPyTagged CPyDef_m___twice(CPyTagged cpy_r_n) {
    CPyTagged cpy_r_r0;
    cpy_r_r0 = CPyTagged_Add(cpy_r_n, cpy_r_n);
    return cpy_r_r0;
}
"""
RECURSIVE = """\
#include <CPy.h>
CPyTagged CPyDef_m___down(CPyTagged cpy_r_n) {
    CPyTagged cpy_r_r0;
    cpy_r_r0 = CPyDef_m___down(cpy_r_n);
    return cpy_r_r0;
}
PyObject *CPyDef_m___other(void) {
    CPyTagged cpy_r_r0;
    cpy_r_r0 = CPyDef_m___down(4);
    return CPyDef_m___other();
}
"""


def bounded(text: str) -> str:
    return bound_recursion({"m": text})["m"]


def test_functions_that_end_stay_as_they_are():
    assert PLAIN.partition("\n")[2] in bounded(PLAIN)


def test_a_function_that_calls_itself_counts_each_third_time():
    text = bounded(RECURSIVE)
    assert "static CPyTagged CPyDef_m___down_at(CPyTagged cpy_r_n, uint32_t depth);" in text
    assert "cpy_r_r0 = CPyDef_m___down_at(cpy_r_n, depth);" in text  # in the innermost copy,
    assert "cpy_r_r0 = CPyDef_m___down_inner(cpy_r_n, depth);" in text
    assert "cpy_r_r0 = CPyDef_m___down_middle(cpy_r_n, depth - 1);" in text
    assert "return CPyDef_m___down_at(cpy_r_n, scm_depth_left(3));" in text
    assert "cpy_r_r0 = CPyDef_m___down(4);" in text  # and from outside it begins anew.
    assert "return CPyDef_m___other_at(scm_depth_left(3));" in text


def test_a_method_that_is_found_at_run_time_counts_in_a_variable():
    text = bounded(
        "char CPyDef_m___Node___walk(PyObject *cpy_r_self) {\n"
        "    return CPY_GET_METHOD(cpy_r_self, CPyType_m___Node, 0, Node, char)(cpy_r_self);\n"
        "}\n"
    )
    assert "char result = CPyDef_m___Node___walk_counted(cpy_r_self);" in text
    assert "return 2;" in text


def test_functions_of_two_files_that_lead_back_to_each_other_share_the_depth():
    texts = {
        "a": "char CPyDef_a___f(void) {\n    return CPyDef_b___g();\n}\n",
        "b": "char CPyDef_b___g(void) {\n    return CPyDef_a___f();\n}\n",
        "c": "char CPyDef_c___h(void) {\n    return CPyDef_c___h();\n}\n",
    }
    found = bound_recursion(texts)
    for file, other in (("a", "CPyDef_b___g"), ("b", "CPyDef_a___f")):
        assert f"\nchar {other}_at(uint32_t depth);\n" in found[file]
        assert f"return {other}_at(depth - 1);" in found[file]
    assert "static char CPyDef_c___h_at(uint32_t depth);\n" in found["c"]
    assert "___f_at" not in found["c"]
