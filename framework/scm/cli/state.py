"""What the commands of `scm state` do: show, dump, check, save and load stable memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

from attrs import asdict

from scm.cli.console import Console
from scm.cli.state_source import canister_in, load_replica, open_source
from scm.errors import ConfigurationError, ScmError
from scm.replica.stable import STABLE_PAGE_BYTES
from scm.replica.stable_exchange import replace_stable_memory
from scm.storage.check import NoStateError, Report, check_image
from scm.storage.dump import Dump, StartError, UnknownFieldError
from scm.storage.show import report_lines

_COPY_BYTES: Final = 1 << 20


def run_show(source: Path, canister: str | None, console: Console) -> int:
    """`scm state show`: what the state consists of, and what takes how much room."""
    with open_source(source, canister) as opened, _user_mistakes():
        report = check_image(opened.image, opened.names, with_values=False)
    for line in report_lines(report):
        console.result(line)
    if report.problem_count:
        _warn(f"{report.problem_count} problems: `scm state check` tells them", console)
    return 0


def run_check(
    source: Path, canister: str | None, console: Console, *, with_values: bool, as_json: bool
) -> int:
    """`scm state check`: whether stable memory is in order; raises `ScmError` if not."""
    with open_source(source, canister) as opened, _user_mistakes():
        report = check_image(opened.image, opened.names, with_values=with_values)
    if as_json:
        console.result(json.dumps(_check_document(report), indent=2))
    else:
        for problem in report.problems:
            console.result(str(problem))
    if report.problem_count:
        shown = len(report.problems)
        first = f", the first {shown} shown" if shown < report.problem_count else ""
        raise ScmError(f"stable memory is damaged: {report.problem_count} problems{first}")
    console.say(f"stable memory is in order: {report.page_count} pages checked")
    return 0


def run_dump(
    source: Path,
    canister: str | None,
    field: str,
    console: Console,
    *,
    as_json: bool,
    limit: int | None,
    start: str | None,
) -> int:
    """`scm state dump`: the entries of one field."""
    with open_source(source, canister) as opened, _user_mistakes():
        dump = Dump(opened.image, field, opened.names)
        for line in islice(dump.lines(as_json=as_json, start=start), limit):
            console.result(line)
    if dump.problems:
        _warn(f"some of `{field}` could not be read: {dump.problems[0]}", console)
        return ScmError.exit_code
    return 0


def run_save(source: Path, canister: str | None, image: Path, console: Console) -> int:
    """`scm state save`: stable memory as a file of its own."""
    if image.exists() and image.samefile(source):
        raise ConfigurationError(f"`{image}` can't be read and written at once")
    with open_source(source, canister) as opened, image.open("wb") as file:
        size = opened.image.size_bytes
        for offset in range(0, size, _COPY_BYTES):
            file.write(opened.image.read(offset, min(_COPY_BYTES, size - offset)))
    console.result(str(image))
    return 0


def run_load(
    source: Path, replica_path: Path, canister: str | None, output: Path | None, console: Console
) -> int:
    """`scm state load`: an image as the stable memory of a canister in a saved replica."""
    with open_source(source, None) as opened:
        content = opened.image.read(0, opened.image.size_bytes)
    if len(content) % STABLE_PAGE_BYTES:
        raise ConfigurationError(
            f"`{source}` has {len(content):,} bytes, and stable memory is whole pages of"
            f" {STABLE_PAGE_BYTES:,}"
        )
    replica = load_replica(replica_path)
    view = canister_in(replica, canister, replica_path)
    replace_stable_memory(replica, view.canister_id, content)
    target = output or replica_path
    replica.save(target)
    console.result(str(target))
    return 0


def _check_document(report: Report) -> dict[str, object]:
    return {
        "pages": report.page_count,
        "problem_count": report.problem_count,
        "problems": [asdict(problem) for problem in report.problems],
    }


def _warn(message: str, console: Console) -> None:
    console.error(f"stable memory is damaged: {message}")


@contextmanager
def _user_mistakes() -> Iterator[None]:
    """Mistakes in the arguments as errors that the console knows."""
    try:
        yield
    except UnknownFieldError as error:
        known = ", ".join(f"`{name}`" for name in error.names) or "none"
        raise ConfigurationError(str(error), f"the fields are {known}") from error
    except StartError as error:
        raise ConfigurationError(str(error)) from error
    except NoStateError as error:
        raise ScmError(str(error)) from error
