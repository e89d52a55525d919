"""Fingerprints of function bodies: which function of one module is which of another, without names.

A linker that moves things changes numbers in bodies that nobody edited: indices of functions,
types and globals, addresses of data.  The fingerprint leaves those out, so it tells that two bodies
were *not* compiled from the same source, but not the contrary: functions that differ only in
constants, in globals or in the strings they point to have the same one.  A called function counts
by the name of its import, or else by its own body without its calls.

    i32.const 1048592            i32.const
    call $ic0.msg_reply    ->    call ic0.msg_reply
    local.get 1                  local.get 1
"""

from __future__ import annotations

import hashlib
from typing import Final

from scm.leb128 import read_unsigned
from scm.wasm.code import read_code, read_instructions
from scm.wasm.module import Module
from scm.wasm.sections import (
    ExternKind,
    function_type_indices,
    imported,
    read_imports,
    read_types,
)

_CALLS: Final = (b"\x10", b"\x12", b"\xd2")  # `call`, `return_call`, `ref.func`
_INDIRECT_CALLS: Final = (b"\x11", b"\x13")
# Blocks (their types may be indices), globals, loads and stores, `i32.const`, `i64.const`.
_WITHOUT_NUMBERS: Final = frozenset(
    bytes((opcode,)) for opcode in (2, 3, 4, 0x23, 0x24, *range(0x28, 0x3F), 0x41, 0x42)
)
_PREFIXES: Final = (0xFC, 0xFD)


class Fingerprints:
    """The fingerprints of one module's functions, each made when it is asked for."""

    def __init__(self, module: Module) -> None:
        types = [str(entry) for entry in read_types(module)]
        self._types: Final = types
        self._function_types: Final = [types[index] for index in function_type_indices(module)]
        functions = imported(read_imports(module), ExternKind.FUNCTION)
        self._imports: Final = [f"{entry.module}.{entry.name}" for entry in functions]
        self._code: Final = read_code(module)
        self._shallow: Final[dict[int, str]] = {}
        self._deep: Final[dict[int, str]] = {}

    def of(self, function: int) -> str:
        """The fingerprint of the function with that index; raises `WasmFormatError`."""
        if function not in self._deep:
            self._deep[function] = self._hash(function, is_deep=True)
        return self._deep[function]

    def _callee(self, function: int) -> str:
        if function not in self._shallow:
            self._shallow[function] = self._hash(function, is_deep=False)
        return self._shallow[function]

    def _hash(self, function: int, *, is_deep: bool) -> str:
        if function < len(self._imports):
            return self._imports[function]
        body = self._code.bodies[function - len(self._imports)]
        digest = hashlib.sha256(self._function_types[function].encode())
        digest.update(self._code.payload[body.locals_start : body.start])
        for opcode, immediates in read_instructions(self._code, body):
            digest.update(opcode)
            digest.update(self._kept(opcode, immediates, is_deep=is_deep))
        return digest.hexdigest()[:16]

    def _kept(self, opcode: bytes, immediates: bytes, *, is_deep: bool) -> bytes:
        """What of an instruction's immediates a linker does not change."""
        if opcode in _CALLS:
            return self._callee(read_unsigned(immediates, 0)[0]).encode() if is_deep else b""
        if opcode in _INDIRECT_CALLS:
            return self._types[read_unsigned(immediates, 0)[0]].encode()
        if opcode in _WITHOUT_NUMBERS or opcode[0] in _PREFIXES:
            return b""
        return immediates
