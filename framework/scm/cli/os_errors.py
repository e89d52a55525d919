"""What a user can do about an error of the operating system, by its number and its path."""

from __future__ import annotations

import errno
from pathlib import Path

from scm.compiler.cache import cache_folder

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_CAN_NOT_BE_WRITTEN = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)


def help_for(error: OSError) -> str:
    """The help for an error that no command has explained."""
    if error.errno in _NO_SPACE:
        return "make room on the disk; `scm cache clear` removes what scm can make again"
    path = None if error.filename is None else Path(str(error.filename))
    if path is None:
        return "check that the path is right and can be written"
    cache = cache_folder()
    is_on_the_way = path in cache.parents and not path.is_dir()
    if path == cache or cache in path.parents or is_on_the_way:
        return (
            f"scm keeps what it builds in `{cache}`, which can't be used: set `SCM_CACHE_DIR` to a"
            " folder that can be written"
        )
    if error.errno in _CAN_NOT_BE_WRITTEN and path.name == "build":
        return "the result of a build can be elsewhere: `-o FOLDER`"
    if error.errno == errno.ENOENT:
        return "check that the path is right: there is nothing there"
    return "check that the path is right, and that you may read and write it"
