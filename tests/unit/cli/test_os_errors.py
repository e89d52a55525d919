"""What is said of errors of the operating system."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from scm.cli.os_errors import help_for


def error(number: int, path: Path | None = None) -> OSError:
    return OSError(number, "no", None if path is None else str(path))


def test_the_help_is_about_what_went_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "a" / "cache"
    monkeypatch.setenv("SCM_CACHE_DIR", str(cache))
    assert "make room" in help_for(error(errno.ENOSPC))
    for path in (cache, cache / "link" / "x", cache.parent):
        assert "`SCM_CACHE_DIR`" in help_for(error(errno.EACCES, path))
    assert "`-o FOLDER`" in help_for(error(errno.EROFS, tmp_path / "project" / "build"))
    assert "nothing there" in help_for(error(errno.ENOENT, tmp_path / "none"))
    for other in (error(errno.EACCES, tmp_path), error(errno.EIO)):
        assert "SCM_CACHE_DIR" not in help_for(other)
