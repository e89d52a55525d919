"""Imports."""


def importlib():
    """`import_module` finds what an `import` statement names, or `include` in `pyproject.toml`"""
    import importlib

    try:
        importlib.import_module("nowhere.to.be.found")
    except ModuleNotFoundError as error:
        return f"{importlib.import_module('io').StringIO('x').read()} {error}"


def importlib__abc():
    import importlib.abc
    import importlib.util
    import sys

    class Loader(importlib.abc.Loader):
        def exec_module(self, module):
            module.answer = 42

    class Finder(importlib.abc.MetaPathFinder):
        def find_spec(self, name, path, target=None):
            return importlib.util.spec_from_loader(name, Loader()) if name == "made_up" else None

    sys.meta_path.append(Finder())
    import made_up

    sys.meta_path.pop()
    del sys.modules["made_up"]
    return str(made_up.answer)


def importlib__machinery():
    import importlib.machinery

    spec = importlib.machinery.ModuleSpec("name", None, origin="x")
    return f"{spec} {importlib.machinery.SOURCE_SUFFIXES}"


def importlib__util():
    import importlib.util

    return repr(
        [
            importlib.util.find_spec("io").name,
            importlib.util.find_spec("nowhere"),
            importlib.util.resolve_name(".a", "b"),
        ]
    )


def importlib__metadata():
    """no package's metadata is in a canister: `version` raises `PackageNotFoundError`"""
    import importlib.metadata

    try:
        importlib.metadata.version("no-such-package")
    except importlib.metadata.PackageNotFoundError as error:
        return str(error)


def importlib__resources():
    """packages have no files beside their modules: reading raises `FileNotFoundError`"""
    import importlib.resources

    try:
        importlib.resources.files("importlib").joinpath("nothing.txt").read_text()
    except FileNotFoundError as error:
        return type(error).__name__


def pkgutil():
    """`resolve_name`, `extend_path`; it lists no modules"""
    import pkgutil

    return f"{pkgutil.resolve_name('os.path:join').__name__} {pkgutil.extend_path(['a'], 'b')}"


def runpy():
    """`run_module`, of modules that are in the canister: name them in `include`"""
    import runpy

    return f"{runpy.run_module('colorsys')['ONE_THIRD']:.3f}"


def imp():
    import imp

    return repr(
        [imp.new_module("made").__name__, imp.is_builtin("sys"), imp.find_module("sys")[2][2]]
    )


def this():
    """prints to the canister's log when it is imported"""
    import contextlib
    import io

    target = io.StringIO()
    with contextlib.redirect_stdout(target):
        import this
    return f"{target.getvalue().splitlines()[0]} {len(this.d)}"


def sre_compile():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sre_compile

    return repr(sre_compile.compile("a+").findall("aab"))


def sre_constants():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sre_constants

    return f"{sre_constants.LITERAL} {sre_constants.MAXREPEAT}"[:7]


def sre_parse():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sre_parse

    return repr(sre_parse.parse("a[b-c]"))
