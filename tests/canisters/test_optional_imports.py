"""Programs that do without what is not in the canister, compiled and as bytecode."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.compiler.builds import BuildOptions, StageReport
from scm.compiler.pipeline import build
from scm.testing.building import install_canister

pytestmark = pytest.mark.toolchain

MAIN = """\
from scm import query, state, text, nat

import formats


@state
class Box:
    count: nat = 0


@query
def told(box: Box) -> text:
    return " ".join(formats.told())
"""
FORMATS = """\
from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress

try:
    import orjson
except ImportError:
    orjson = None

try:  # It is there, and loads machine code.
    import coincurve
    from coincurve.keys import (
        PrivateKey,
    )
except ModuleNotFoundError as error:
    HAS_KEYS, WHY = False, str(error)
else:
    HAS_KEYS, WHY = True, ""

try:
    from ujson import dumps
except (ImportError, AttributeError):

    def dumps(value: object) -> str:
        return json.dumps(value, indent=None)

try:
    import tomllib
except ImportError:
    import tomli as tomllib

try:
    import simplejson as js
except ImportError:
    import json as js

try:
    import zoneinfo
except ImportError:
    zoneinfo = None

try:
    import attrs
except ImportError:
    attrs = None

try:
    from typing import override
except ImportError:

    def override(function):
        return function


try:
    from pydantic import BaseModel
except ImportError:
    BaseModel = object

try:
    import ctypes, fcntl
except ImportError:
    fcntl = None

packed = None
with suppress(ImportError):
    import msgpack

    packed = msgpack.packb

try:  # It is in the canister all the same, as `zipfile` imports it.
    import shutil

    SHUTIL = "there"
except ImportError as error:
    SHUTIL = f"{error} ({error.name}) {'shutil' in sys.modules} {zipfile.ZIP_DEFLATED}"

try:
    from shutil import which
except ImportError:

    def which(name: str) -> str:
        return f"no {name}"


def encode(value: object) -> bytes:
    if orjson is not None:
        return orjson.dumps(value)
    return dumps(value).encode()


def inside() -> str:
    try:
        import shutil as sh
        import numpy as np
    except ImportError:
        np = None
    try:
        import cjson as js2
    except ImportError:
        import json as js2
    return js2.dumps([1, 2]) if np is None else str(np.array([1]))


def present() -> bool:
    try:
        import base64
    except ImportError:
        base64 = None
    return base64 is not None and fcntl is None


class Model(BaseModel):
    @override
    def __str__(self) -> str:
        return "model"


def area(points: coincurve.Points) -> "coincurve.Points":
    return points


def failed() -> Iterator[str]:
    for module in ("orjson", "coincurve"):
        try:
            __import__(module)
        except ModuleNotFoundError as error:
            yield f"{error.name}: {error}"


def told() -> list[str]:
    if HAS_KEYS:
        print(coincurve.PrivateKey, PrivateKey)
    return [
        encode([1]).decode(),
        inside(),
        js.dumps({"a": 1}),
        str(tomllib.loads("a = 1")),
        str(zoneinfo is None or attrs is None or packed is not None),
        f"{Model()} {area(1)} {present()}",
        WHY,
        SHUTIL,
        which("one"),
        *failed(),
    ]
"""
EXPECTED = (
    "[1] [1, 2] {\"a\": 1} {'a': 1} False model 1 True No module named 'coincurve'"
    " No module named 'shutil' (shutil) True 8 no one"
    " orjson: No module named 'orjson' coincurve: No module named 'coincurve'"
)


@pytest.fixture(params=["compiled", "bytecode"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "canister.py").write_text(MAIN)
    (tmp_path / "formats.py").write_text(FORMATS)
    setting = 'bytecode = ["formats"]\n' if request.param == "bytecode" else ""
    (tmp_path / "pyproject.toml").write_text(f"[tool.scm]\n{setting}")
    return tmp_path


def test_fallbacks_run_in_the_canister(project, replica):
    reports: list[StageReport] = []
    result = build(project, BuildOptions(), reports.append)
    canister = install_canister(replica, result.wasm_path.read_bytes())
    assert canister.told() == EXPECTED
    notes = [note for report in reports for note in report.notes]
    # All is compiled that is to be, and each module named once.
    names = ["orjson", "coincurve", "ujson", "tomli", "simplejson"]
    told = [
        f"`{name}` is left out"
        for name in (*names, "pydantic", "ctypes", "fcntl", "msgpack", "shutil", "numpy", "cjson")
    ]
    assert [note.partition(": ")[0] for note in notes] == told
    assert notes[0] == "`orjson` is left out: it is not installed beside scm (formats.py:10)"
    assert notes[1].startswith("`coincurve` is left out: it needs the native extension")
