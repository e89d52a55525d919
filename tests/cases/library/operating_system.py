"""The operating system."""


def os():
    """no files, no environment variables, no processes; `os.urandom` can be foretold"""
    import os

    try:
        os.stat("/nowhere")
    except FileNotFoundError as error:
        said = type(error).__name__
    return repr(
        [
            said,
            os.fspath("a"),
            os.fsencode("é"),
            len(os.urandom(4)),
            os.sep,
            os.environ.get("NOTHING"),
        ]
    )


def posix():
    """as `os`"""
    import posix

    return f"{posix.fspath('a')} {len(posix.urandom(3))} {posix.strerror(0) != ''}"


def io():
    """`StringIO`, `BytesIO` and wrappers around them; `open` raises `FileNotFoundError`"""
    import io

    lines = io.TextIOWrapper(io.BytesIO(b"a\r\nb\n"), encoding="ascii")
    reader = io.BufferedReader(io.BytesIO(b"abcdef"))
    text = io.StringIO()
    print("x", 1, file=text)
    return f"{lines.readlines()} {reader.peek(2)[:2]} {reader.read(3)} {text.getvalue()!r}"


def time():
    """the time of the message, by every clock, and 0 while modules are imported; `sleep` raises
    `OSError`"""
    import time

    moment = time.gmtime(1_000_000_000)
    return repr(
        [
            time.strftime("%Y-%m-%d %H:%M:%S", moment),
            time.time() >= 0,
            time.strptime("5 May 2020", "%d %b %Y").tm_yday,
        ]
    )


def argparse():
    import argparse

    parser = argparse.ArgumentParser(prog="tool", exit_on_error=False)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("names", nargs="+")
    try:
        parser.parse_args(["--count", "x", "a"])
    except argparse.ArgumentError as error:
        return f"{parser.parse_args(['--count', '3', 'a', 'b'])} {error}"


def getopt():
    import getopt

    return repr(getopt.getopt(["-a", "1", "--long", "rest"], "a:", ["long"]))


def optparse():
    import optparse

    parser = optparse.OptionParser(prog="tool")
    parser.add_option("-n", type="int", dest="number")
    options, rest = parser.parse_args(["-n", "3", "x"])
    return f"{options} {rest}"


def logging():
    """to the canister's log, or to a handler with a stream"""
    import io
    import logging

    target = io.StringIO()
    handler = logging.StreamHandler(target)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logger = logging.Logger("canister")
    logger.addHandler(handler)
    logger.warning("only %d left", 3)
    try:
        raise ValueError("wrong")
    except ValueError:
        logger.exception("failed")
    return repr(target.getvalue().splitlines()[:2] + target.getvalue().splitlines()[-1:])


def logging__config():
    """`dictConfig`; there are no files and no sockets"""
    import logging
    import logging.config

    logging.config.dictConfig({"version": 1, "loggers": {"some": {"level": "ERROR"}}})
    return repr(
        [logging.getLogger("some").level, logging.getLogger("some").isEnabledFor(logging.INFO)]
    )


def logging__handlers():
    """those in memory: `MemoryHandler`, `BufferingHandler`, `QueueHandler`"""
    import logging
    import logging.handlers

    got = []
    target = logging.Handler()
    target.emit = lambda record: got.append(record.getMessage())
    memory = logging.handlers.MemoryHandler(10, target=target)
    memory.handle(logging.makeLogRecord({"msg": "kept", "levelno": logging.INFO}))
    before = list(got)
    memory.flush()
    return f"{before} {got}"


def platform():
    """says `wasi` and `wasm32`"""
    import platform

    return f"{platform.python_implementation()} {platform.python_version_tuple()[:2]}"


def errno():
    """the numbers are those of WASI"""
    import errno

    return f"{errno.errorcode[errno.ENOENT]} {FileNotFoundError(errno.ENOENT, 'x')!r}"[:25]
