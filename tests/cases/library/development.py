"""Development."""


def typing():
    import typing

    class Movie(typing.TypedDict, total=False):
        title: typing.Required[str]
        year: int

    def function(a: int, b: "list[str]") -> typing.Optional[int]: ...

    return repr(
        [
            typing.get_type_hints(function),
            sorted(Movie.__required_keys__),
            typing.get_args(dict[str, int]),
        ]
    )


def pydoc():
    """of objects; docstrings of compiled functions and of the standard library are left out"""
    import pydoc

    class Thing:
        """What it is."""

        def method(self, a=1):
            """What it does."""

    text = pydoc.plain(pydoc.render_doc(Thing))
    return repr(
        ["What it is." in text, "method(self, a=1)" in text, pydoc.locate("os.path.join").__name__]
    )


def pydoc_data__topics():
    import pydoc_data.topics

    return f"{len(pydoc_data.topics.topics) > 50} {'if' in pydoc_data.topics.topics}"


def doctest():
    """of texts and of interpreted functions"""
    import doctest

    def double(number):
        """Twice.

        >>> double(2)
        4
        >>> double('a')
        'aa'
        """
        return number * 2

    test = doctest.DocTestParser().get_doctest(double.__doc__, {"double": double}, "d", None, 0)
    return f"{doctest.DocTestRunner().run(test)} {doctest.script_from_examples('>>> 1')!r}"


def unittest():
    import io
    import unittest

    class Case(unittest.TestCase):
        def test_right(self):
            self.assertEqual(1 + 1, 2)
            with self.assertRaises(ZeroDivisionError):
                1 / 0

        def test_wrong(self):
            self.assertIn("a", "bcd")

    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Case)
    result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
    return f"{result} {result.failures[0][1].splitlines()[-1]}"


def unittest__mock():
    """brings half of the library along: 2 MB"""
    from unittest import mock

    double = mock.Mock(return_value=3, side_effect=None)
    double(1, key=2)
    double.assert_called_once_with(1, key=2)
    with mock.patch("os.sep", "!"):
        import os

        return f"{double.call_args} {os.sep} {mock.MagicMock().__len__()}"


def bdb():
    """of interpreted code"""
    import bdb

    class Tracer(bdb.Bdb):
        def user_line(self, frame):
            lines.append(frame.f_lineno)

    lines = []
    Tracer().run(compile("x = 1\ny = 2\n", "<text>", "exec"), {})
    return repr(lines)


def timeit():
    """measures 0: no time passes in a message; `ic.performance_counter` counts instructions"""
    import timeit

    runs = []
    timeit.timeit(lambda: runs.append(1), number=5)
    return repr(runs)


def trace():
    """counts lines of interpreted code"""
    import trace

    tracer = trace.Trace(count=True, trace=False)
    tracer.runctx(compile("x = 1\nfor i in range(2):\n    x += i\n", "<text>", "exec"), {}, {})
    return repr(sorted((line, count) for (_, line), count in tracer.results().counts.items())[:3])


def tracemalloc():
    """of what is allocated after its start, in interpreted code too"""
    import tracemalloc

    tracemalloc.start()
    kept = [bytes(1000) for _ in range(10)]
    size, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return f"{size >= 10_000} {peak >= size} {len(kept)}"


def profile():
    """counts calls of interpreted code; all times are 0"""
    import profile

    profiler = profile.Profile(lambda: 0)
    profiler.runctx("sorted([3, 1])", {}, {})
    profiler.create_stats()
    return repr(sorted({name for _, _, name in profiler.stats if name in ("<module>", "sorted")}))


def cProfile():
    """counts calls of interpreted code; all times are 0"""
    import cProfile

    profiler = cProfile.Profile()
    profiler.runcall(sorted, [3, 1], key=lambda item: -item)
    profiler.create_stats()
    return repr(
        sorted((name, row[0]) for (_, _, name), row in profiler.stats.items() if "lambda" in name)
    )


def pstats():
    """all times are 0"""
    import cProfile
    import io
    import pstats

    profiler = cProfile.Profile()
    profiler.runcall(sorted, [3, 1])
    target = io.StringIO()
    pstats.Stats(profiler, stream=target).sort_stats("name").print_stats()
    return f"{'2 function calls' in target.getvalue()}"


def distutils():
    """versions and words; what builds needs files and processes"""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import distutils.util
        import distutils.version

        newer = distutils.version.LooseVersion("1.10") > distutils.version.LooseVersion("1.9")
        return f"{newer} {distutils.util.strtobool('yes')}"
