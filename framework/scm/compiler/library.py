"""What of the standard library a canister can't use, and why.

The one list: the rule on imports reads it, and so does who writes the table in
`docs/reference/standard-library.md`.  A module that can be of any use is not in it: what it lacks
raises an exception when it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_ASYNC: Final = "a canister has no event loop; what waits for an answer goes on in a handler"
_NETWORK: Final = "a canister has no sockets; it reaches others by calls"
_PROCESSES: Final = "a canister has no processes and no signals"
_NATIVE: Final = "a canister can't load native libraries"
_SCREEN: Final = "a canister has no screen, no terminal and no sound"
_WINDOWS: Final = "it is a part of Python for Windows"
_NOT_BUILT: Final = "CPython for WASI was built without what it needs"
_FILES: Final = "a canister has no files; what lasts is the state"
_SOURCE: Final = "it reads source files, and a canister has none"

_REFUSED: Final[Mapping[str, tuple[str, ...]]] = {
    _ASYNC: ("asyncio",),
    _NETWORK: (
        *("socket", "socketserver", "ssl", "select", "selectors", "asyncore", "asynchat"),
        *("http.client", "http.server", "ftplib", "poplib", "imaplib", "nntplib", "smtplib"),
        *("smtpd", "telnetlib", "xmlrpc.server", "wsgiref.simple_server", "urllib.request"),
        *("webbrowser", "antigravity"),
    ),
    _PROCESSES: (
        *("subprocess", "multiprocessing", "concurrent.futures.process", "signal", "pty"),
        *("pipes", "faulthandler", "resource", "syslog", "_posixsubprocess"),
    ),
    _NATIVE: ("ctypes", "_ctypes"),
    _WINDOWS: ("msilib", "msvcrt", "nt", "winreg", "winsound"),
    _SCREEN: (
        *("tkinter", "turtle", "turtledemo", "idlelib", "curses", "readline", "termios", "tty"),
        *("getpass", "pdb", "ossaudiodev"),
    ),
    _NOT_BUILT: ("zlib", "gzip", "bz2", "lzma"),
    _FILES: (
        *(
            "sqlite3",
            "dbm",
            "mmap",
            "fcntl",
            "tempfile",
            "shutil",
            "filecmp",
            "netrc",
            "pwd",
            "grp",
        ),
        *("spwd", "nis", "site", "zipapp", "zipimport", "ensurepip", "venv"),
    ),
    _SOURCE: ("compileall", "py_compile", "modulefinder", "pyclbr", "lib2to3"),
}
REASONS: Final = {name: reason for reason, names in _REFUSED.items() for name in names}
"""Module -> why it can't be imported; what is in a package of that name can't either."""


def refused_module(name: str) -> str | None:
    """The module of `REASONS` that `name` is or lies in."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        module = ".".join(parts[:count])
        if module in REASONS:
            return module
    return None
