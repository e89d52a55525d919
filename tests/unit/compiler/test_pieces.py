"""mypyc's C in pieces: what an edit of one module changes in the others, and constants."""

from __future__ import annotations

import re

import pytest

from scm.compiler import pieces
from scm.compiler.pieces import ENTRIES, SHARED, Headers, cut, join, join_second, narrow

TYPES = """\
#ifndef MYPYC_NATIVE_user_H
#define MYPYC_NATIVE_user_H
#include <Python.h>
#ifndef MYPYC_DECLARED_tuple_T1O
#define MYPYC_DECLARED_tuple_T1O
typedef struct tuple_T1O {
    PyObject *f0;
} tuple_T1O;
#endif

typedef struct {
    tuple_T1O _pair;
} a___ItemObject;

typedef struct {
    PyObject *_x;
} b___OtherObject;

struct export_table_user {
    char (*CPyDef_a___f)(void);
};
#endif
"""
NAMES = """\
#ifndef MYPYC_LIBRT_INTERNAL_user_H
#define MYPYC_LIBRT_INTERNAL_user_H
#include "__native_user.h"
int CPyGlobalsInit(void);
#include <__native_scmrt.h>
struct export_table_scmrt exports_scmrt;
extern PyObject *CPyStatics[9];
extern char CPyDef_a___f(a___ItemObject *cpy_r_item);
extern char CPyDef_b___g(void);
extern CPyModule *CPyModule_a__internal;
#endif
"""
SHARED_C = """\
#include <init.c>
#include "__native_user.h"
int CPyGlobalsInit(void)
{
        if (CPyStatics_Initialize(CPyStatics, CPyLit_Str) < 0) {
        return -1;
        }
    return 0;
}
"""
A = """\
#include "__native_user.h"
char CPyDef_a___f(a___ItemObject *cpy_r_item) {
    return use(CPyStatics[5], CPyStatics[3], CPyStatics[5]);
}
"""
B = """\
#include "__native_user.h"
char CPyDef_b___g(void) {
    return CPyDef_a___f(CPyStatics[7]);
}
"""


def cut_all(a: str = A, b: str = B, types: str = TYPES, names: str = NAMES) -> dict[str, str]:
    return cut({"a": a, "b": b, "glue": ""}, SHARED_C, {"glue"}, Headers(types, names))


@pytest.fixture(autouse=True)
def _everything_is_large(monkeypatch):
    monkeypatch.setattr(pieces, "WHOLE_BYTES_MAX", 0)


def test_a_small_canister_is_compiled_as_a_whole(monkeypatch):
    monkeypatch.setattr(pieces, "WHOLE_BYTES_MAX", 10_000)
    whole = cut_all()
    assert whole.keys() == {SHARED}
    assert whole[SHARED].startswith("#include <init.c>\n")
    places = [whole[SHARED].index(part) for part in ("f(a___Item", "g(void)", "GlobalsInit")]
    assert places == sorted(places)


def test_modules_that_messages_enter_are_one_piece():
    found = cut({"a": A, "b": B, "c": ""}, SHARED_C, {"a", "c"}, Headers(TYPES, NAMES))
    assert list(found) == [SHARED, ENTRIES, "user_of_b"]
    assert "CPyDef_a___f(a___ItemObject *cpy_r_item) {" in found[ENTRIES]


def test_a_piece_declares_what_it_uses():
    a, b = cut_all()["user_of_a"], cut_all()["user_of_b"]
    assert "} tuple_T1O;\n#endif\n" in a
    assert "} a___ItemObject;" in a
    assert "extern char CPyDef_a___f(a___ItemObject *cpy_r_item);" in a
    assert "OtherObject" not in a
    assert "CPyDef_b___g" not in a
    assert "export_table_user" not in a
    assert "extern char CPyDef_a___f(a___ItemObject *cpy_r_item);" in b  # It calls that,
    assert "} a___ItemObject;" in b  # which needs this.
    assert b.index("#include <__native_scmrt.h>") < b.index("a___ItemObject;")
    assert '"__native_user.h"' not in a + b


def test_constants_are_numbered_by_piece_and_filled_by_the_shared_one():
    found = cut_all()
    a = found["user_of_a"]
    assert "PyObject *CPyStatics_user_of_a[2];" in a
    own = [f"CPyStatics_user_of_a[{number}]" for number in (0, 1, 0)]
    assert f"return use({', '.join(own)});" in a
    shared = found[SHARED]
    assert "extern PyObject *CPyStatics_user_of_a[];" in shared
    assert re.search(
        r"return -1;\n +\}\n\n"
        r" +CPyStatics_user_of_a\[0\] = CPyStatics\[5\];\n"
        r" +CPyStatics_user_of_a\[1\] = CPyStatics\[3\];\n"
        r" +CPyStatics_user_of_b\[0\] = CPyStatics\[7\];\n",
        shared,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"a": A.replace("[5]", "[6]").replace("[3]", "[4]")},
        {"a": A.replace("use(", "use_more(")},
        {"types": TYPES.replace("PyObject *_x;", "PyObject *_x;\n    PyObject *_y;")},
        {"names": NAMES + "extern char CPyDef_a___more(void);\n"},
        {"names": NAMES.replace("CPyStatics[9]", "CPyStatics[10]")},
    ],
)
def test_a_change_elsewhere_leaves_a_piece_as_it_is(changes):
    assert cut_all(**changes)["user_of_b"] == cut_all()["user_of_b"]


def test_a_changed_type_changes_the_pieces_that_use_it():
    changed = cut_all(types=TYPES.replace("PyObject *f0;", "PyObject *f0;\n    PyObject *f1;"))
    assert all(changed[name] != cut_all()[name] for name in ("user_of_a", "user_of_b"))


def test_wide_indents_are_narrowed():
    assert narrow(f"{' ' * 40}x\n    y\n") == f"{' ' * 8}x\n    y\n"


def test_two_files_of_a_group_have_each_body_once_and_mypycs_own_code_once():
    first, second = join({"a": A}, SHARED_C), join_second({"b": B})

    assert first.splitlines()[:2] == ["#include <init.c>", '#include "__native_user.h"']
    assert second.splitlines()[0] == '#include "__native_user.h"'
    assert "init.c" not in second
    assert [text.count("CPyDef_a___f(a___Item") for text in (first, second)] == [1, 0]
    assert [text.count("CPyDef_b___g(void)") for text in (first, second)] == [0, 1]
