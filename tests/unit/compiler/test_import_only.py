"""Tables that decorators fill: which changes of them run at import only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from scm.compiler.discover import discover
from scm.compiler.project import load_project
from scm.errors import SourceError

STATE = "from scm import nat, query, state, update\n\n@state\nclass State:\n    total: nat = 0\n\n"
TABLE = "HANDLERS = {}\n"
REGISTER = "def register(f):\n    HANDLERS[f.__name__] = f\n    return f\n"
FACTORY = (
    "def handler(name):\n    def wrap(f):\n        HANDLERS[name] = f\n        return f\n"
    "    return wrap\n"
)
USE = "@handler('one')\ndef one(): pass\n"
CALLER = "@update\ndef act(state: State) -> None:\n"


def refused(folder: Path, files: Mapping[str, str] | str) -> list[str]:
    """The variables that the build says are changed."""
    given = {"canister.py": files} if isinstance(files, str) else files
    for name, text in given.items():
        (folder / name).write_text((STATE if name == "canister.py" else "") + text)
    try:
        discover(load_project(folder))
    except SourceError as error:
        found = [item.message.split("`") for item in error.diagnostics]
        return [parts[1] if "is changed by" in parts[2] else parts[0] for parts in found]
    return []


ACCEPTED = {
    "decorator": TABLE + REGISTER + "@register\ndef one(): pass\n",
    "factory": TABLE + FACTORY + USE,
    "factory of a class": TABLE + FACTORY + "@handler('one')\nclass One: pass\n",
    "factory of a method": TABLE + FACTORY + "class One:\n    @handler('m')\n    def m(self): ...",
    "factory that is called at once": TABLE + FACTORY + "handler('one')(len)\n",
    "call": TABLE + REGISTER + "register(len)\n",
    "call in a loop": TABLE + REGISTER + "for f in (len, max):\n    register(f)\n",
    "call in a list": TABLE + REGISTER + "[register(f) for f in (len, max)]\n",
    "call in a class": TABLE + REGISTER + "class One:\n    register(len)\n",
    "call in a default": TABLE + REGISTER + "def one(f=register(len)): pass\n",
    "call from another": TABLE + REGISTER + "def all():\n    register(len)\nall()\n",
    "counter": "count = 0\ndef add():\n    global count\n    count += 1\nadd()\n",
    "method of the table": "L = []\ndef add(f):\n    L.append(f)\n    return f\nadd(1)\n",
    "with and without brackets": (
        TABLE
        + "def handler(f=None):\n    def wrap(g):\n        HANDLERS[g] = g\n        return g\n"
        "    return wrap(f)\n@handler\ndef one(): pass\nhandler(len)\n"
    ),
    "a local variable of that name": (
        TABLE + FACTORY + USE + CALLER + "    handler = HANDLERS['one']\n    handler()\n"
    ),
    "a method of that name": TABLE + FACTORY + USE + CALLER + "    ''.handler('x')\n",
    "a sentence": TABLE + FACTORY + USE + CALLER + "    raise KeyError('no handler for it')\n",
    "a sentence with a value": TABLE + FACTORY + USE + CALLER + "    print(f'handler {state}')\n",
    "a docstring": '"""What a handler registers.  See `handler`."""\n' + TABLE + FACTORY + USE,
    "attributes of other objects": (
        TABLE + FACTORY + USE + CALLER + "    state.modules, state.eval(), state.globals\n"
    ),
    "a module of the library": "import sys, inspect\n"
    + TABLE
    + FACTORY
    + USE
    + CALLER
    + "    sys.intern('x'), inspect.signature(act)\n",
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_changes_at_import_are_no_state(tmp_path: Path, name: str) -> None:
    assert refused(tmp_path, ACCEPTED[name]) == []


REFUSED = {
    "not called at all": TABLE + REGISTER,
    "called by a method": TABLE + REGISTER + CALLER + "    register(len)\n",
    "called by a function": TABLE + REGISTER + "def later():\n    register(len)\n",
    "decorates in a method": TABLE + FACTORY + CALLER + "    @handler('x')\n    def f(): pass\n",
    "called in a lambda": TABLE + REGISTER + "later = lambda: register(len)\n",
    "called in a generator": TABLE + REGISTER + "later = (register(f) for f in [len])\n",
    "called by a method of a class": TABLE + REGISTER + "class A:\n    def m(self): register(1)\n",
    "kept": TABLE + REGISTER + "later = register\n",
    "passed on": TABLE + REGISTER + "print(register)\n",
    "in a list": TABLE + REGISTER + "ALL = [register]\n",
    "returned": TABLE + REGISTER + "def get():\n    return register\n",
    "exported": TABLE + REGISTER + "__all__ = ['register']\n",
    "named by a text": TABLE + REGISTER + "def get():\n    return globals()['register']\n",
    "an attribute of it": TABLE + REGISTER + "call = register.__call__\n",
    "a default": TABLE + REGISTER + "def later(f=register):\n    f(len)\n",
    "global": TABLE + REGISTER + "def later():\n    global register\n    register(len)\n",
    "bound twice": TABLE + REGISTER + REGISTER.replace("return f", "return None"),
    "bound anew": TABLE + REGISTER + "register = register\n",
    "decorated": TABLE + "@print\n" + REGISTER,
    "a generator": TABLE + "def fill():\n    HANDLERS[1] = 1\n    yield 1\nlater = fill()\n",
    "of the module": TABLE + "def __getattr__(name):\n    HANDLERS[name] = 1\n",
    "factory whose result is kept": TABLE + FACTORY + "later = handler('one')\n",
    "factory as a decorator": TABLE + FACTORY + "@handler\ndef one(): pass\n",
    "factory that keeps it": TABLE
    + FACTORY.replace("return wrap", "KEPT = wrap\n    return wrap")
    + USE,
    "factory that returns more": TABLE + FACTORY.replace("return wrap", "return wrap, 1") + USE,
    "factory with a decorator": TABLE
    + FACTORY.replace("    def wrap", "    @print\n    def wrap")
    + USE,
    "wrapper": (
        TABLE + "def count(f):\n    def inner():\n        HANDLERS[f] = 1\n        return f()\n"
        "    return inner\n@count\ndef one(): pass\n"
    ),
    "wrapper of a factory": (
        TABLE + "def count(name):\n    def wrap(f):\n        def inner():\n"
        "            HANDLERS[name] = 1\n            return f()\n        return inner\n"
        "    return wrap\n@count('one')\ndef one(): pass\n"
    ),
    "lambda of a factory": (
        TABLE + "def handler(n):\n    return lambda f: HANDLERS.update({n: f})\n" + USE
    ),
    "a parameter's name elsewhere": (
        TABLE + REGISTER + "def outer():\n    def inner(register): pass\n    register(len)\n"
    ),
    "kept by a list of it": (
        TABLE
        + REGISTER
        + "KEPT = [register for register in [register]]\n"
        + CALLER
        + "    KEPT[0](max)\n"
    ),
    "kept by a generator of it": (
        TABLE + REGISTER + "KEPT = list(register for register in [register])\n"
    ),
    "beside a parameter of a default": (
        TABLE + REGISTER + "def later(f, key=lambda register: 1):\n    register(f)\n"
    ),
    "the variable beside a parameter of a default": (
        TABLE + "def later(f, key=lambda HANDLERS: 1):\n    HANDLERS[f] = f\n"
    ),
    "called by a private name": (
        TABLE + REGISTER.replace("register", "_A__add") + "_A__add(len)\n"
        "class A:\n    def act(self):\n        __add(max)\n"
    ),
    "changed at import and later": (TABLE + FACTORY + USE + CALLER + "    HANDLERS['two'] = act\n"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_changes_that_may_come_later_are_refused(tmp_path: Path, name: str) -> None:
    assert "HANDLERS" in refused(tmp_path, REFUSED[name])


UNNAMED = {
    "sys.modules": "import sys\n" + CALLER + "    sys.modules[__name__].register(max)\n",
    "sys as another": "import sys as s\n" + CALLER + "    s.modules[__name__].register(max)\n",
    "sys in a function": CALLER + "    import sys\n    sys.modules[__name__].register(max)\n",
    "modules of sys": "from sys import modules as m\n" + CALLER + "    m[__name__].register(max)\n",
    "all of sys": "from sys import *\n" + CALLER + "    modules[__name__].register(max)\n",
    "sys as a value": "import sys\nMODULES = getattr(sys, 'mod' + 'ules')\n",
    "import_module": (
        "import importlib\n" + CALLER + "    importlib.import_module('can' + 'ister').register(1)\n"
    ),
    "__import__": CALLER + "    __import__('can' + 'ister').register(max)\n",
    "globals": CALLER + "    globals()['reg' + 'ister'](max)\n",
    "a list of globals": CALLER + "    for f in list(globals().values()): f(max)\n",
    "globals as another": "names = globals\n",
    "vars": "NAMES = vars()\n",
    "locals": "NAMES = locals()\n",
    "eval": CALLER + "    eval('register(max)')\n",
    "eval of parts": CALLER + "    eval('regi' + 'ster(max)')\n",
    "exec": "run = exec\n",
    "builtins": "import builtins\n" + CALLER + "    builtins.eval('regi' + 'ster(max)')\n",
    "builtins of another module": (
        "import inspect\n" + CALLER + "    inspect.builtins.eval('regi' + 'ster(max)')\n"
    ),
    "sys of another module": (
        "import os\n" + CALLER + "    os.sys.modules[__name__].register(max)\n"
    ),
    "builtins of a function": CALLER + "    print.__self__.eval('regi' + 'ster(max)')\n",
    "globals of a function": CALLER + "    act.__globals__['regi' + 'ster'](max)\n",
    "globals by a text": CALLER + "    getattr(act, '__globals__')['regi' + 'ster'](max)\n",
    "globals of a frame": (
        "import inspect\n" + CALLER + "    inspect.currentframe().f_globals['regi' + 'ster'](max)\n"
    ),
    "an expression": "call = 'register(max)'\n",
    "an entry point": "call = 'canister:register'\n",
    "bytes": "pickled = b'ccanister\\nregister\\n.'\n",
    "exported among others": "__all__ = 'one register'.split()\n",
    "exported by computed names": "__all__ = [name for name in dir()]\n",
}


@pytest.mark.parametrize("name", UNNAMED)
def test_functions_that_are_got_at_without_their_name(tmp_path: Path, name: str) -> None:
    source = TABLE + REGISTER + "register(len)\n"
    assert refused(tmp_path, source) == []
    assert "HANDLERS" in refused(tmp_path, source + UNNAMED[name])


OTHER = "from reg import handler\n\n@handler('two')\ndef two(): pass\n"


@pytest.mark.parametrize(
    "text",
    [
        "from reg import handler\n" + USE,
        "from reg import handler as on\n@on('one')\ndef one(): pass\n",
        "import reg\n@reg.handler('one')\ndef one(): pass\n",
        "import reg as r\n@r.handler('one')\ndef one(): pass\n",
        "from reg import *\n" + USE,
        "import other, reg\n" + USE.replace("handler", "other.handler"),
        "import other, reg\n" + CALLER + "    reg.HANDLERS['one']()\n",
    ],
)
def test_changes_by_decorators_of_another_module(tmp_path: Path, text: str) -> None:
    files = {"canister.py": text, "reg.py": TABLE + FACTORY, "other.py": OTHER}
    assert refused(tmp_path, files) == []


@pytest.mark.parametrize(
    "text",
    [
        "import reg\n" + CALLER + "    reg.handler('x')(len)\n",
        "import reg\nlater = reg\n",
        "import reg\nget = getattr(reg, 'hand' + 'ler')\n",
        "import reg\nnames = reg.__dict__\n",
        CALLER + "    import reg\n    reg.handler('x')(len)\n",
        CALLER + "    from reg import handler\n    handler('x')(len)\n",
        "from reg import handler\nfrom os import getpid as handler\n",
        "def handler(): pass\nfrom reg import *\n" + CALLER + "    handler()\n",
        "import other\n" + CALLER + "    other.handler('x')(len)\n",
        "class Late:\n    from reg import handler\n",
    ],
)
def test_uses_in_another_module_that_may_come_later(tmp_path: Path, text: str) -> None:
    files = {"canister.py": text, "reg.py": TABLE + FACTORY, "other.py": OTHER}
    assert refused(tmp_path, files) == ["HANDLERS"]


FACADE = {"facade.py": "from reg import handler\n", "far.py": "import facade as front\n"}


@pytest.mark.parametrize(
    "text",
    [
        "import facade\n" + CALLER + "    facade.handler('x')(len)\n",
        CALLER + "    import facade\n    facade.handler('x')(len)\n",
        "import facade\nlater = facade\n" + CALLER + "    later.handler('x')(len)\n",
        "import facade\n" + CALLER + "    getattr(facade, 'hand' + 'ler')('x')(len)\n",
        "import far\n" + CALLER + "    far.front.handler('x')(len)\n",
        "import far\nlater = far\n" + CALLER + "    later.front.handler('x')(len)\n",
        "import facade\n" + CALLER + "    vars(facade)['hand' + 'ler']('x')(len)\n",
        "import facade\n" + CALLER + "    globals()['fac' + 'ade'].handler('x')(len)\n",
        "from facade import handler as on\n" + CALLER + "    globals()['o' + 'n']('x')(len)\n",
        "import importlib\n" + CALLER + "    importlib.import_module('reg').handler('x')(len)\n",
        "import facade as f\nimport os as f\nlater = f\n",
        CALLER + "    import package.deep\n    package.later.handler('x')(len)\n",
        "import package.deep\nlater = package\n" + CALLER + "    later.deep.act()('x')(len)\n",
    ],
)
def test_uses_by_a_module_that_has_it_from_another(tmp_path: Path, text: str) -> None:
    (tmp_path / "package").mkdir()
    package = {"package/__init__.py": "import facade as later\n", "package/deep.py": ""}
    files = {"canister.py": "from reg import handler\n" + USE + text, "reg.py": TABLE + FACTORY}
    if "act()" in text:
        package = {"package/__init__.py": "", "package/deep.py": "from reg import handler as act\n"}
    assert "HANDLERS" in refused(tmp_path, {**files, **FACADE, **package})


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        (CALLER + "    import late\n", ["HANDLERS"]),
        (CALLER + "    from package import late\n", ["HANDLERS"]),
        ("if TYPE_CHECKING:\n    import late\n" + CALLER + "    import late\n", ["HANDLERS"]),
        ("import late\n" + CALLER + "    import late\n", []),
        ("from package.late import X\n", []),
        ("try:\n    import nothing\n    import late\nexcept ImportError: pass\n", ["HANDLERS"]),
    ],
)
def test_modules_that_are_imported_later_change_tables_later(
    tmp_path: Path, text: str, variables: list[str]
) -> None:
    (tmp_path / "package").mkdir()
    files = {
        "reg.py": TABLE + FACTORY,
        "far.py": "from reg import handler\nX = 1\n" + USE,
        "late.py": "from far import X\n",
        "package/__init__.py": "",
        "package/late.py": "from far import X\n",
    }
    main = "from typing import TYPE_CHECKING\nimport reg\n" + text
    assert refused(tmp_path, {"canister.py": main, **files}) == variables


def test_a_module_that_has_it_from_another_and_is_used_at_import_only(tmp_path: Path) -> None:
    text = (
        "import facade, far\n@facade.handler('one')\n@far.front.handler('two')\ndef one(): pass\n"
    )
    files = {"canister.py": text, "reg.py": TABLE + FACTORY, **FACADE}
    assert refused(tmp_path, files) == []
