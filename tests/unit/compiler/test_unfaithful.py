"""What is interpreted because mypyc would compile it in another sense, or not at all."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from scm.compiler.class_variables import find_class_variables
from scm.compiler.discover import discover
from scm.compiler.fallback import Interpreted, interpret_at_first, interpret_more
from scm.compiler.project import load_project
from scm.compiler.unfaithful import find_unfaithful, why_not_a_module

COMPILED = [
    "'Of this module.'\ndef f(): return __doc__",
    "def f():\n    def g():\n        yield 1\n    return g()",
    "def f(): return list(map(lambda *a: sum(a), [1], [2]))",
    "def f(a): return sum(x for x in a) + max((x for x in a), default=0)",
    "def f(a): return next((x for x in a if x), None)",
    "def f(a):\n    for x in a:\n        yield x",
    "def f(a):\n    match a:\n        case C(1) | D(x): return 1",
    "def f(a):\n    try:\n        g()\n    except E:\n        raise",
    "def f(a):\n    try:\n        g()\n    finally:\n        h()",
    "def f(a, /): return a",
    "class C:\n    LIMIT = 5\n    def __init__(self): self.x = 1\n    def __eq__(s, o): return 1",
    "class C:\n    @property\n    def x(self): return 1\n    @classmethod\n    def y(c): return 2",
    "@dataclass\nclass C:\n    x: int\n    y: list[int] = field(default_factory=list)",
    "@dataclass(order=True)\nclass C:\n    x: int",
    "class E(Exception):\n    pass",
    "class C(ABC):\n    @abstractmethod\n    def f(self): ...",
    "class C:\n    def __iter__(self): return iter(())",
    "def f():\n    for i in range(3):\n        j = i",
    "class C:\n    def sum(self): return 1\ndef f(a): return sum(x for x in a)",
    "if TYPE_CHECKING:\n    import x\ndef f():\n    if TYPE_CHECKING:\n        import x",
]
COMPILED += [
    "def f(a): return [y for x in a if (y := g(x))]",
    "def f(x):\n    while (x := x + 1) < 9: g(x)\n    return x",
    "def f(x):\n    if (y := x) and y: return y",
    "def f(a):\n    @cache\n    def g(): return 1\n    return g()",
    "def f(a):\n    def g(n): return g(n - 1)\n    return g(a)",
]
INTERPRETED = [
    ("def f(x): return x + (x := 5)", "`x :=` behind a use of `x` (line 1)"),
    ("def f(x):\n    x += (x := 10)", "`x :=` behind a use of `x` (line 2)"),
    ("def f(x): return {x: (x := 2)}", "`x :=` behind a use of `x`"),
    ("def f(a): a.append(len((a := [5])))", "`a :=` behind a use of `a`"),
    (
        "def f():\n    @cache\n    def g(n): return g(n - 1)\n    return g(3)",
        "`g` is decorated, and functions inside use it (line 3)",
    ),
    (
        "def f():\n    @cache\n    def g(n): return n\n    return (lambda n: g(n))(3)",
        "`g` is decorated, and functions inside use it",
    ),
    ("def f():\n    P = namedtuple('P', 'x y')\n    return P(1, 2)", "`namedtuple(...)` in a"),
    ("def f():\n    T = t.TypeVar('T')", "`TypeVar(...)` in a function (line 2)"),
    ("def f():\n    C = Enum('C', 'A B')\n    return C", "`Enum(...)` in a function"),
    ("def f(): return __doc__", "`__doc__` in a module without a docstring (line 1)"),
    ("def f(a):\n    g = (x for x in a)", "a generator expression (line 2)"),
    ("def f(a): return g(x for x in a)", "a generator expression (line 1)"),
    ("def f(a):\n    x = yield a", "a generator that is sent something (line 1)"),
    ("def f():\n    return lambda: (yield 1)", "a lambda that yields (line 2)"),
    ("def f(a):\n    with a:\n        yield 1", "a generator with something to clean up (line 2)"),
    ("def f(a):\n    match a:\n        case [x, *_]: return x", "a pattern of sequences"),
    ("def f(a):\n    match a:\n        case {'k': x}: return x", "a pattern of sequences"),
    ("def f():\n    raise", "`raise` outside of `except` (line 2)"),
    ("def f(a):\n    for x in a:\n        try: g()\n        finally: continue", "a jump out of"),
    ("def f(a):\n    try: g()\n    finally: return 1", "a jump out of `try` with `finally`"),
    ("def f(a, /, **k): return a", "`/` and `**` among the parameters (line 1)"),
    ("def f(): return locals()", "`locals()`"),
    ("def f():\n    if TYPE_CHECKING: g()", "something is done unless `TYPE_CHECKING` (line 2)"),
    ("def f():\n    while t.TYPE_CHECKING: pass", "something is done unless `TYPE_CHECKING`"),
    ("def f(): return eval('1')", "`eval` in its own names"),
    ("def f(x: int = ...): ...", "`...` as a default"),
    ("@singledispatch\ndef f(x): ...", "it is decorated with `singledispatch`"),
    ("def f():\n    for i in range(3):\n        i += 1", "the loop over a range assigns `i`"),
    ("@dataclass(frozen=True)\nclass C:\n    x: int", "a dataclass with `frozen`"),
    ("@dataclass\nclass C:\n    x: ClassVar[int] = 1", "a dataclass with `ClassVar[int]`"),
    ("@dataclass\nclass C(Generic[T]):\n    x: T", "a generic dataclass"),
    ("@attrs.define\nclass C:\n    x: int", "a class of `attrs`"),
    ("class C(Enum):\n    A = 1", "an enum"),
    ("class C(enum.IntFlag):\n    A = 1", "an enum"),
    ("class C(TypedDict):\n    a: int", "a typed dictionary"),
    ("class C:\n    x = partial(f)", "an attribute of the class is computed"),
    ("class C:\n    __slots__ = ('x',)", "it has `__slots__`"),
    ("class C:\n    def __getattr__(self, n): return 1", "it has `__getattr__`"),
    ("class C:\n    def __getitem__(self, n): return 1", "`__getitem__` without `__iter__`"),
    ("class C:\n    def __next__(self) -> int: return 1", "`__next__` of a number"),
    (
        "class C:\n    @cached_property\n    def x(self): return 1",
        "decorated with `cached_property`",
    ),
    ("class C:\n    @classmethod\n    def f(cls): return super().f()", "`super` in a class method"),
    ("class C(B, flag=True):\n    pass", "words in the class statement"),
    ("class E(ValueError):\n    code = 1", "an attribute of an exception class"),
    ("import copy\nclass C:\n    pass", "the module imports `copy`"),
    ("class C:\n    pass\ndef f(c): del c.x", "the module has `del x.y`"),
    ("class C:\n    pass\nput = setattr", "the module has `setattr(...)`"),
    ("from enum import Enum as E\nclass C(E):\n    A = 1", "an enum"),
    ("import enum\nBase = enum.Enum\nKind = Base\nclass C(Kind):\n    A = 1", "an enum"),
    (
        "from dataclasses import dataclass as dc\n@dc(frozen=True)\nclass C:\n    x: int",
        "a dataclass with `frozen`",
    ),
    ("import attrs as a\n@a.define\nclass C:\n    x: int", "a class of `attrs`"),
    ("from functools import singledispatch as s\n@s\ndef f(x): ...", "with `singledispatch`"),
    ("Fault = ValueError\nclass E(Fault):\n    code = 1", "an attribute of an exception class"),
    ("names = locals\ndef f(): return names()", "`locals()`"),
    ("from m import sum\ndef f(a): return sum(x for x in a)", "a generator expression (line 2)"),
    ("def f(a, any): return any(x for x in a)", "a generator expression (line 1)"),
    ("def f(a, m): return m.sum(x for x in a)", "a generator expression (line 1)"),
]


@pytest.mark.parametrize("text", COMPILED)
def test_ordinary_code_is_compiled(text):
    assert find_unfaithful(text, "m.py") == {}


@pytest.mark.parametrize(("text", "reason"), INTERPRETED, ids=[reason for _, reason in INTERPRETED])
def test_what_would_differ_is_interpreted(text, reason):
    found = find_unfaithful(text, "m.py")
    assert len(found) == 1
    assert reason in next(iter(found.values()))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def __getattr__(name): return 1", "it has a function `__getattr__` of its own (line 1)"),
        ("\nC = Enum('C', 'A B')", "an enum is made by a call (line 2)"),
        ("N = TypeVar('N', int, float)", "a type variable with a choice of types (line 1)"),
        ("N = TypeVar('N', bound=int)", ""),
        ("X = f(1, 2, 3)", ""),
        ("if TYPE_CHECKING:\n    import x", ""),
        (
            "if TYPE_CHECKING: import x\nelse: x = 1",
            "something is done unless `TYPE_CHECKING` (line 1)",
        ),
        ("X = not t.TYPE_CHECKING", "something is done unless `TYPE_CHECKING` (line 1)"),
    ],
)
def test_modules_that_can_only_be_bytecode(text, reason):
    assert why_not_a_module(text, "m.py") == reason


def test_attributes_that_are_reached_through_the_class_belong_to_it():
    texts = {
        "a.py": "class A:\n    LOW = 1\n    high = 2\n    own = 3\nclass B(A):\n    LOW = 5\n",
        "p/b.py": "def f(x): return A.LOW + B.high\nclass C:\n    n = 0\n"
        "    def g(self):\n        self.n += 1\n        return C.n\n",
    }
    variables, mixed = find_class_variables(texts, ())
    assert variables == {"a.A.LOW", "a.B.LOW", "a.A.high"}
    assert mixed == {"p.b.C"}
    assert find_class_variables(texts, {"a.A", "a.B", "p.b.C"}) == (set(), set())


@pytest.fixture
def spec(tmp_path: Path):
    (tmp_path / "canister.py").write_text(
        textwrap.dedent(
            """\
            from scm import nat, query, record, state

            @record
            class Item:
                n: nat = 0

            @state
            class State:
                total: nat = 0

            @query
            def get(state: State) -> nat:
                return state.total
            """
        )
    )
    return discover(load_project(tmp_path))


TEXTS = {
    "canister.py": "@x\nclass Item:\n    n = f()\n\ndef get():\n    return 1\n",
    "h.py": "X = 1\n",
}


def test_records_stay_native(spec):
    assert interpret_at_first(TEXTS, spec, ["h"]).definitions == {}
    assert interpret_at_first(TEXTS, spec, ["h"]).notes() == ()  # What was asked for is no news.


@pytest.mark.parametrize(
    ("line", "definitions", "modules"),
    [
        ("canister.py:6: error: No can do", {"canister.get"}, set()),
        ("h.py:1:5: error: No can do", set(), {"h"}),
        ("canister.py:3: error: No can do", None, None),  # In a record,
        ("h.py:1: error: Wrong type  [arg-type]", None, None),  # of types,
        ("scm_entry.py:1: error: No can do", None, None),  # in what scm generated.
    ],
)
def test_errors_of_mypyc_name_what_to_interpret(spec, line, definitions, modules):
    found = interpret_more([line, "h.py:1: note: a hint"], TEXTS, spec, Interpreted())
    if definitions is None:
        assert found is None
    else:
        assert found is not None
        assert (set(found.definitions), set(found.modules)) == (definitions, modules)
        assert "mypyc: No can do (line" in found.notes()[0]
        assert interpret_more([line], TEXTS, spec, found) is None  # It did not help.
