"""Rewrite a module so that it counts its own instructions, as the Internet Computer does.

A mutable global holds what is left.  At the start of each straight-line block it is decremented by
the weights of the whole block; at the start of a function (which costs 1 more) and of a loop it is
then compared with 0.  Before bulk instructions it is decremented by the bytes or elements that they
are about to handle.  So the count is exact wherever a block ends, and the limit is met late by one
path without a loop at most.

This is the scheme of the replica's embedder (dfinity/ic, `injections` and `inject_metering` of
rs/embedders/src/wasm_utils/instrumentation.rs, read as of 2025).  Its rules, in full:

- A block ends behind `loop`, `if`, `else`, `end`, `br`, `br_if`, `br_table`, `return`,
  `unreachable`, `return_call` and `return_call_indirect`; not behind `block` or a call.
- What follows is a block even where nothing can reach it.  A block that weighs 0 is not charged.
- A bulk instruction does not end its block, whose weight it is part of.

Nothing is renumbered: the global and a function are appended.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

from scm.leb128 import write_signed, write_unsigned
from scm.wasm.code import INSTRUCTION, Code, FunctionBody, after_br_table, read_code
from scm.wasm.metering_weights import (
    ADDED_GLOBALS,
    ADDED_INSTRUCTIONS,
    GLOBAL_INSTRUCTIONS,
    NATIVE_STABLE_INSTRUCTIONS,
    instruction_weights,
)
from scm.wasm.module import Module, SectionId
from scm.wasm.reader import WasmFormatError
from scm.wasm.sections import (
    I64,
    Export,
    ExternKind,
    FunctionType,
    Global,
    GlobalType,
    all_global_types,
    all_memories,
    function_type_indices,
    read_exports,
    read_functions,
    read_globals,
    read_imports,
    read_types,
    write_exports,
    write_functions,
    write_globals,
    write_types,
    write_vector,
)

COUNTER_EXPORT: Final = "canister counter_instructions"
"""The platform's own name for it, which no canister may export."""

# A block ends at whatever is not in a run of these, but for bulk instructions.
_LEB: Final = rb"[\x80-\xff]*+[\x00-\x7f]"
_STRAIGHT: Final = rb"""
[\x01\x1a\x1b\x45-\xc4\xd1]
|[\x02\x10\x20-\x26\x3f-\x42\xd0\xd2]N
|[\x11\x28-\x3e]NN
|\x43.{4}|\x44.{8}
|\x1c\x01.
|\xfc(?:[\x00-\x07]|[\x09\x0d\x0f\x10]N)
|\xfd(?:[\x00-\x0b\x5c\x5d]NN|[\x0c\x0d].{16}|[\x15-\x22].|[\x54-\x5b]NN.
|[\x0e-\x14\x23-\x53\x5e-\x7f]|[\x80-\xff]\x01)
""".replace(b"\n", b"").replace(b"N", _LEB)
_RUN: Final = re.compile(rb"(?s)(?:" + _STRAIGHT + rb")*+")
"""Instructions that neither end a block nor have a size to pay for."""

_LOOP: Final = 0x03
_MEMORY_GROW: Final = b"\x40"
"""The platform adds three instructions to each, to ask whether there is room."""
_BR_TABLE: Final = 0x0E
_WITH_SIZE: Final = frozenset(
    (b"\xfc\x08", b"\xfc\x0a", b"\xfc\x0b", b"\xfc\x0c", b"\xfc\x0e", b"\xfc\x11")
)
_INIT: Final = frozenset((b"\xfc\x08", b"\xfc\x0c"))
"""Their sizes are 32-bit numbers in a 64-bit module too."""


@frozen
class Metered:
    """A module that counts; `instruction_count`: the instructions that the platform would compile.

    Those are the module's, those that count, and a few that the platform adds for other purposes.
    """

    module: Module
    instruction_count: int


def meter(module: Module) -> Metered:
    """Make `module` count its instructions in a global exported as `COUNTER_EXPORT`.

    The host sets it to the limit before a call; what is missing afterwards was used.  A module that
    runs out executes `unreachable` with the counter below 0: a call to the host would say so more
    plainly, but loops with one in them run half as fast.  A start function is counted like others,
    but runs before the host can set the limit: make it an export first (`instrument`).  Raises
    `WasmFormatError`.
    """
    is_memory_64 = any(limits.is_64 for limits in all_memories(module))
    counter = len(all_global_types(module))
    charge_function = len(function_type_indices(module))
    writer = _BodyWriter(counter, charge_function, is_memory_64=is_memory_64)
    code = read_code(module)
    bodies = [writer.body(code, body) for body in code.bodies]
    bodies.append(_charge_body(counter))
    types = read_types(module)
    charge = FunctionType(bytes([I64]), bytes([I64]))
    if charge not in types:
        types.append(charge)
    functions = [*read_functions(module), types.index(charge)]
    zero = Global(GlobalType(I64, is_mutable=True), b"\x42\x00\x0b")
    exports = [*read_exports(module), Export(COUNTER_EXPORT, ExternKind.GLOBAL, counter)]
    for section, payload in (
        (SectionId.TYPE, write_types(types)),
        (SectionId.FUNCTION, write_functions(functions)),
        (SectionId.GLOBAL, write_globals([*read_globals(module), zero])),
        (SectionId.EXPORT, write_exports(exports)),
        (SectionId.CODE, write_vector(bodies)),
    ):
        module = module.with_section(section, payload)
    return Metered(module, writer.instruction_count + _added_instructions(module))


def _added_instructions(module: Module) -> int:
    """What the platform adds beside the function bodies, initial values of globals included."""
    names = [item.name for item in read_imports(module) if item.module == "ic0"]
    native = sum(NATIVE_STABLE_INSTRUCTIONS.get(name, 0) for name in names)
    # One global is there already.
    globals_ = len(read_globals(module)) - 1 + ADDED_GLOBALS
    return globals_ * GLOBAL_INSTRUCTIONS + ADDED_INSTRUCTIONS + native


class _BodyWriter:
    """Rewrites function bodies; `charge_function` takes a size off the counter."""

    def __init__(self, counter: int, charge_function: int, *, is_memory_64: bool) -> None:
        self._weights: Final = instruction_weights(is_memory_64=is_memory_64)
        self._counter: Final = write_unsigned(counter)
        # global.get, i64.const 0, i64.lt_s, if, unreachable, end
        self._check: Final = b"\x23" + self._counter + b"\x42\x00\x53\x04\x40\x00\x0b"
        self._charge_64: Final = b"\x10" + write_unsigned(charge_function)
        # i64.extend_i32_u, call, i32.wrap_i64: it returns its argument.
        self._charge_32: Final = b"\xad" + self._charge_64 + b"\xa7"
        self._is_memory_64: Final = is_memory_64
        self._decrements: Final[dict[int, bytes]] = {}
        self.instruction_count = 0

    def body(self, code: Code, body: FunctionBody) -> bytes:
        """One entry of the code section, its size in front."""
        payload, end = code.payload, body.end
        parts = [payload[body.locals_start : body.start]]
        weights = self._weights
        start = position = body.start
        cost, is_reentrant = 1, True
        pending: list[bytes] = []
        while position < end:
            run = _RUN.match(payload, position, end)
            assert run is not None  # It matches at least nothing.
            stop = run.end()
            opcodes = INSTRUCTION.findall(payload, position, stop)
            cost += sum([weights[opcode] for opcode in opcodes])
            self.instruction_count += len(opcodes) + 3 * opcodes.count(_MEMORY_GROW)
            if stop == end:
                raise WasmFormatError(code.offset + end, "a function body does not end with `end`")
            first = payload[stop]
            opcode = payload[stop : stop + 1 + (first == 0xFC)]
            if opcode in _WITH_SIZE:
                # The size is on the stack now, and costs; the block goes on.
                pending += [payload[start:stop], self._charge(opcode)]
                start = stop
                position = self._after(code, stop, end)
                cost += weights[opcode]
                self.instruction_count += 1
                continue
            if first == _BR_TABLE:
                position = after_br_table(code, stop, end)
            else:
                position = self._after(code, stop, end)
            cost += weights[opcode]
            self.instruction_count += 1
            if pending and not pending[0]:
                # Where both begin at one place, the size is paid for first.
                parts.append(pending[1])
                pending = pending[2:]
            if cost or is_reentrant:
                parts.append(self._decrement(cost))
                self.instruction_count += 4
            if is_reentrant:
                parts.append(self._check)
                self.instruction_count += 6
            parts += pending
            parts.append(payload[start:position])
            pending = []
            start = position
            cost, is_reentrant = 0, first == _LOOP
        joined = b"".join(parts)
        return write_unsigned(len(joined)) + joined

    def _after(self, code: Code, position: int, end: int) -> int:
        """Where the instruction at `position`, which ends a run, ends itself."""
        found = INSTRUCTION.match(code.payload, position, end)
        if found is None:
            opcode = code.payload[position : position + 2].hex(" ")
            raise WasmFormatError(code.offset + position, f"unknown instruction {opcode}")
        return found.end()

    def _decrement(self, cost: int) -> bytes:
        found = self._decrements.get(cost)
        if found is None:
            counter = self._counter
            found = b"\x23" + counter + b"\x42" + write_signed(cost) + b"\x7d\x24" + counter
            self._decrements[cost] = found
        return found

    def _charge(self, opcode: bytes) -> bytes:
        is_64 = self._is_memory_64 and opcode not in _INIT
        self.instruction_count += 1 if is_64 else 3
        return self._charge_64 if is_64 else self._charge_32


def _charge_body(counter: int) -> bytes:
    """The function that takes a size off the counter, and returns the size."""
    index = write_unsigned(counter)
    code = (
        # (counter - size) into local 1; has it become negative, or more than it was?
        b"\x23" + index + b"\x20\x00\x7d\x22\x01\x42\x00\x53"
        b"\x20\x01\x23" + index + b"\x55\x72"
        # Then the counter is below 0 for certain, and the end; else it is what was computed.
        b"\x04\x40\x42\x7f\x24" + index + b"\x00\x0b"
        b"\x20\x01\x24" + index + b"\x20\x00\x0b"
    )
    body = b"\x01\x01\x7e" + code
    return write_unsigned(len(body)) + body
