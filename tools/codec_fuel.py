"""Candid in a canister, in wasmtime fuel: scm, Motoko and a codec written by hand in C, in one run.

Run through `tools/codec_fuel`.  Each canister decodes, and encodes, a `vec record { id : nat64;
owner : principal; name : text; amount : nat }` of 1,000; the C one (`codec_peers/rows.c`) knows
this type only and makes structs.  What a method costs without the rows is taken off.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from scm.candid.encode import encode
from scm.candid.table import TypeTable, encode_header, parse_header, write_header
from scm.candid.types import NAT, NAT64, PRINCIPAL, TEXT, Field, Record, Type, Vec
from scm.compiler.builds import BuildOptions
from scm.compiler.cache import default_cache
from scm.compiler.pipeline import build
from scm.compiler.toolchain import run_zig_cc
from scm.model import Principal
from scm.replica.replica import Replica
from scm.replica.state import Replied
from scm.replica.trace import Executed
from scm.testing.building import compiled_modules_folder

PEERS: Final = Path(__file__).resolve().parent / "codec_peers"
COUNT: Final = 1_000
ROW: Final = Record(
    [Field("id", NAT64), Field("owner", PRINCIPAL), Field("name", TEXT), Field("amount", NAT)]
)
# A field more on the wire, as from a sender that is ahead of the receiver.
OTHER_ROW: Final = Record([Field("zone", NAT), *ROW.fields])


def main() -> None:
    """Build the three, measure, print one table; exit with 1 where a goal is missed."""
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="scm-codec-") as scratch:
        measured = {
            "scm": _measure(_scm(Path(scratch)), other=True),
            "Motoko": _measure(_motoko(folder), other=True),
            "C": _measure(_c(Path(scratch))),
        }
    heads = ("decode", "encode", "decode, renumbered", "decode, other types")
    print(f"{'fuel per row':<16}" + "".join(f"{head:>22}" for head in heads))
    for name, costs in measured.items():
        cells = [f"{cost / COUNT:,.0f}" if cost else "-" for cost in costs]
        print(f"{name:<16}" + "".join(f"{cell:>22}" for cell in cells))
    ours, motoko, by_hand = measured["scm"], measured["Motoko"], measured["C"]
    for what, index in (("decode", 0), ("encode", 1)):
        print(
            f"{what}: {motoko[index] / ours[index]:.2f} times as fast as Motoko, "
            f"{ours[index] / by_hand[index]:.2f} times the cost of C"
        )
    if any(ours[i] >= motoko[i] or ours[i] > 5 * by_hand[i] for i in (0, 1)):
        raise SystemExit(1)


def _rows() -> list[dict[str, object]]:
    return [
        {
            "id": 2**40 + number,
            "owner": Principal(bytes([1, 2, 3, 4, 5, 6, 7, 8, 1, 1])),
            "name": f"user {number}",
            "amount": 10**12 + number,
            "zone": 7,
        }
        for number in range(COUNT)
    ]


def _measure(wasm: bytes, *, other: bool = False) -> tuple[int, int, int, int]:
    replica = Replica(cache_directory=compiled_modules_folder())
    canister = replica.create_canister()
    replica.install(canister, wasm, encode([], []))
    rows = [{key: row[key] for key in ("id", "owner", "name", "amount")} for row in _rows()]

    def cost(method: str, types: list[Type], values: list[object]) -> int:
        return cost_of_message(method, encode(types, values))

    def cost_of_message(method: str, message: bytes) -> int:
        for _ in range(2):
            reply = replica.update(canister, method, message)
            assert isinstance(reply, Replied), reply
        return next(event.fuel for event in reversed(replica.trace) if isinstance(event, Executed))

    base = cost("take", [Vec(ROW)], [[]])
    decode_fuel = cost("take", [Vec(ROW)], [rows]) - base
    renumbered_fuel = other_fuel = 0
    if other:
        renumbered_fuel = cost_of_message("take", _renumbered(rows)) - base
        other_fuel = cost("take", [Vec(OTHER_ROW)], [_rows()]) - base
    cost("fill", [Vec(ROW)], [[]])
    base = cost("give", [], [])
    cost("fill", [Vec(ROW)], [rows])
    return decode_fuel, cost("give", [], []) - base, renumbered_fuel, other_fuel


def _renumbered(rows: list[dict[str, object]]) -> bytes:
    """The rows as from a sender that puts the record before the vec in its type table."""
    header = encode_header([Vec(ROW)])
    vec, record = parse_header(header)[0].entries
    vec.refs = [0]
    return write_header(TypeTable([record, vec], [1])) + encode([Vec(ROW)], [rows])[len(header) :]


def _scm(scratch: Path) -> bytes:
    folder = scratch / "rows"
    folder.mkdir()
    (folder / "canister.py").write_bytes((PEERS / "canister.py").read_bytes())
    return build(folder, BuildOptions(), lambda report: None).wasm_path.read_bytes()


def _motoko(folder: Path) -> bytes:
    out = folder / "rows.wasm"
    subprocess.run(["node", "compile.cjs", PEERS / "rows.mo", out], cwd=folder, check=True)
    return out.read_bytes()


def _c(scratch: Path) -> bytes:
    flags = ["-mexec-model=reactor", "-O2", "-s", "-Wl,--gc-sections", "-o", "rows.wasm"]
    run_zig_cc([*flags, str(PEERS / "rows.c")], scratch, default_cache().folder)
    return (scratch / "rows.wasm").read_bytes()


if __name__ == "__main__":
    main()
