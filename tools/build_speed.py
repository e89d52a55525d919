"""How long builds take: with nothing in the cache, again, and after an edit, stage by stage.

Run through `tools/build_speed`.  Two projects: one module with a counter, and 30 modules with 3,000
lines.  Each build is a process of its own, as `scm build` is.  Seconds depend on the machine and on
what else it does; of the builds after an edit the median is shown.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from scm.compiler.cache import Cache
from scm.compiler.link import prepare_library

EDITS: Final = 3
MODULES: Final = 30
MODULE_LINES: Final = 100
_STAGE: Final = re.compile(r"^(\w+) .* (\d+\.\d) s$", re.MULTILINE)

COUNTER: Final = """\
from scm import nat, query, state, update


@state
class Counter:
    count: nat = 0


@update
def increment(counter: Counter) -> nat:
    counter.count += 1
    return counter.count


@query
def value(counter: Counter) -> nat:
    return counter.count
"""

_PART: Final = """\
from __future__ import annotations

from scm import nat, record, text
{imports}

@record
class Entry{n}:
    owner: text
    amount: nat
    tags: tuple[text, ...]


class Ledger{n}:
    def __init__(self, name: str) -> None:
        self.name = name
        self.entries: list[Entry{n}] = []
        self.total = 0

    def add(self, entry: Entry{n}) -> int:
        self.entries.append(entry)
        self.total += entry.amount
        return self.total

    def of(self, owner: str) -> list[Entry{n}]:
        return [entry for entry in self.entries if entry.owner == owner]

    def by_tag(self) -> dict[str, int]:
        found: dict[str, int] = {{}}
        for entry in self.entries:
            for tag in entry.tags:
                found[tag] = found.get(tag, 0) + entry.amount
        return found

"""

_FUNCTION: Final = """\

def weigh{n}_{k}(values: list[int], limit: int) -> int:
    total = {k}
    for index, value in enumerate(values):
        if value > limit:
            total += value * {factor} - index
        elif value == limit:
            continue
        else:
            total = (total ^ value) % 1_000_003
    return total

"""

_SUMMARY: Final = """\

def summary{n}(owner: str, amounts: list[int]) -> str:
    ledger = Ledger{n}("part {n}")
    for amount in amounts:
        ledger.add(Entry{n}(owner, abs(amount), (owner, "part{n}")))
    words = [f"{{tag}}={{total}}" for tag, total in sorted(ledger.by_tag().items())]
    return ", ".join(words){rest}
"""

_MAIN: Final = """\
from scm import nat, query, state, text, update
{imports}

@state
class Bench:
    count: nat = 0


@update
def increment(bench: Bench) -> nat:
    bench.count += 1
    return bench.count


@query
def describe(owner: text, amounts: list[nat]) -> text:
    return summary{last}(owner, amounts)


"""


def main() -> None:
    """Measure both projects, print a table."""
    with tempfile.TemporaryDirectory(prefix="scm-build-speed-") as scratch:
        projects = {"counter": {"canister.py": COUNTER}, "3,000 lines": large_project()}
        for name, files in projects.items():
            folder = Path(scratch) / re.sub(r"\W", "", name)
            _write(folder, files)
            lines = sum(text.count("\n") for text in files.values())
            print(f"{name}: {lines:,} lines in {len(files)} modules")
            cache = Path(scratch) / f"cache-{folder.name}"
            started = time.perf_counter()
            prepare_library(Cache(cache))
            print(f"  zig's C library, once  {time.perf_counter() - started:>6.1f} s", flush=True)
            _show("first build", [_build(folder, cache)])
            _show("nothing changed", [_build(folder, cache)])
            _show("after an edit", [_edited(folder, cache, step) for step in range(EDITS)])


def large_project() -> dict[str, str]:
    """The same 3,000 lines each time: functions, classes and records, each module uses the last."""
    files = {}
    for n in range(1, MODULES):
        imports = f"import part{n - 1}\n" if n > 1 else ""
        rest = f" + part{n - 1}.summary{n - 1}(owner, amounts[1:])" if n > 1 else ""
        text = _PART.format(n=n, imports=imports)
        summary = _SUMMARY.format(n=n, rest=rest)
        k = 0
        while (text + summary).count("\n") < MODULE_LINES:
            text += _FUNCTION.format(n=n, k=k, factor=n + k)
            k += 1
        files[f"part{n}.py"] = text + summary
    last = MODULES - 1
    imports = f"\nfrom part{last} import summary{last}\n"
    return {"canister.py": _MAIN.format(imports=imports, last=last), **files}


def _write(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)


def _edited(folder: Path, cache: Path, step: int) -> tuple[float, dict[str, float]]:
    main = folder / "canister.py"
    main.write_text(main.read_text().replace(f"count += {step + 1}", f"count += {step + 2}"))
    return _build(folder, cache)


def _build(folder: Path, cache: Path) -> tuple[float, dict[str, float]]:
    """Seconds of a build, and those of its stages."""
    # Python keeps bytecode for its users; whoever measures may have asked it not to.
    environment = {**os.environ, "SCM_CACHE_DIR": str(cache)}
    environment |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(cache) + "-bytecode"}
    command = [sys.executable, "-m", "scm.cli.main", "build", str(folder)]
    started = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return seconds, {stage: float(number) for stage, number in _STAGE.findall(done.stderr)}


def _show(what: str, builds: list[tuple[float, dict[str, float]]]) -> None:
    stages = {
        stage: statistics.median(found[stage] for _, found in builds) for stage in builds[0][1]
    }
    parts = ", ".join(f"{stage} {number:.1f}" for stage, number in stages.items() if number)
    total = statistics.median(seconds for seconds, _ in builds)
    print(f"  {what:<22} {total:>6.1f} s   {parts}", flush=True)


if __name__ == "__main__":
    main()
