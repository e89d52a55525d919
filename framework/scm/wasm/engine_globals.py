"""Globals of a live store as the host reads and sets them: numbers as bits, so that none changes.

A Python float is no place for an f32: a signalling NaN becomes a quiet one on the way.
"""

from __future__ import annotations

import ctypes
from typing import Any, Final

import wasmtime

from scm.wasm.globals import bits_of_float

_ffi: Final = wasmtime._ffi
_BITS_MASK_32: Final = 0xFFFF_FFFF
_BITS_MASK_64: Final = 0xFFFF_FFFF_FFFF_FFFF


def read_global(store: wasmtime.Store, variable: wasmtime.Global) -> int:
    """The value of an integer, signed; the bits of a float, unsigned."""
    raw = _raw_value(store, variable)
    value: int
    if raw.kind == _ffi.WASMTIME_F32.value:
        value = raw.of.i32 & _BITS_MASK_32
    elif raw.kind == _ffi.WASMTIME_F64.value:
        value = raw.of.i64 & _BITS_MASK_64
    elif raw.kind == _ffi.WASMTIME_I32.value:
        value = raw.of.i32
    else:
        assert raw.kind == _ffi.WASMTIME_I64.value
        value = raw.of.i64
    return value


def write_global(store: wasmtime.Store, variable: wasmtime.Global, value: int | float) -> None:
    """Set what `read_global` has read; a `float` is a number, not bits."""
    raw = _raw_value(store, variable)
    if raw.kind == _ffi.WASMTIME_F32.value:
        raw.of.i32 = bits_of_float("f32", value) if isinstance(value, float) else value
    elif raw.kind == _ffi.WASMTIME_F64.value:
        raw.of.i64 = bits_of_float("f64", value) if isinstance(value, float) else value
    else:
        variable.set_value(store, value)
        return
    context, address = store._context(), ctypes.byref(variable._global)
    error = _ffi.wasmtime_global_set(context, address, ctypes.byref(raw))
    assert not error  # The global is mutable, and of that type.


def _raw_value(store: wasmtime.Store, variable: wasmtime.Global) -> Any:
    raw = _ffi.wasmtime_val_t()
    address = ctypes.byref(variable._global)
    _ffi.wasmtime_global_get(store._context(), address, ctypes.byref(raw))
    return raw
