"""Python's runtime."""


def sys():
    """no arguments, no paths, an empty standard input"""
    import sys

    return repr(
        [
            sys.version_info[:2],
            sys.byteorder,
            sys.intern("a"),
            sys.getrecursionlimit() > 100,
            sys.implementation.name,
        ]
    )


def sysconfig():
    """what CPython for WASI was built with"""
    import sysconfig

    return repr(
        [
            sysconfig.get_python_version(),
            sorted(sysconfig.get_path_names()),
            sysconfig.get_config_var("py_version_nodot"),
        ]
    )


def builtins():
    """`open` and `input` find nothing; very deep recursion raises `RecursionError`"""
    import builtins

    return repr(
        [
            builtins.sum([1, 2]),
            builtins.eval("1 + a", {"a": 2}),
            builtins.format(255, "x"),
            builtins.ascii("é"),
        ]
    )


def warnings():
    """to the canister's log"""
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    return f"{caught[0].category.__name__} {caught[0].message}"


def dataclasses():
    import dataclasses

    @dataclasses.dataclass(order=True)
    class Item:
        name: str
        tags: list = dataclasses.field(default_factory=list, compare=False)

    item = Item("a", ["x"])
    return repr(
        [dataclasses.asdict(item), dataclasses.replace(item, name="b"), Item("a") < Item("b")]
    )


def contextlib():
    import contextlib

    seen = []

    @contextlib.contextmanager
    def managed(name):
        seen.append(f"enter {name}")
        try:
            yield name
        finally:
            seen.append(f"leave {name}")

    with contextlib.ExitStack() as stack, contextlib.suppress(KeyError):
        for name in "ab":
            stack.enter_context(managed(name))
        raise KeyError
    return repr(seen)


def abc():
    import abc

    class Shape(abc.ABC):
        @abc.abstractmethod
        def area(self): ...

    Shape.register(int)
    try:
        Shape()
    except TypeError as error:
        return f"{isinstance(1, Shape)} {error}"


def atexit():
    """a canister does not end: nothing is called"""
    import atexit

    seen = []
    atexit.register(seen.append, 1)
    atexit.unregister(seen.append)
    return f"{callable(atexit.register)} {seen}"


def traceback():
    """file names and line numbers, without the lines of the source"""
    import traceback

    try:
        [][0]
    except IndexError as error:
        return repr(
            [traceback.format_exception_only(error), len(traceback.extract_tb(error.__traceback__))]
        )


def gc():
    import gc
    import weakref

    class Node:
        pass

    node = Node()
    node.self = node
    reference = weakref.ref(node)
    del node
    gc.collect()
    return f"{reference()} {gc.isenabled() in (True, False)}"


def inspect():
    """signatures of interpreted functions; there is no source to be had"""
    import inspect

    def function(a, b: int = 2, *rest, key="x"):
        return a

    bound = inspect.signature(function).bind(1, key="y")
    bound.apply_defaults()
    return repr(
        [
            inspect.signature(function),
            bound.arguments,
            inspect.isgeneratorfunction(function),
            inspect.cleandoc("  a"),
        ]
    )


def __future__():
    import __future__

    return f"{__future__.annotations.optional} {__future__.all_feature_names[-1]}"
