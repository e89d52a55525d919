"""The configurations of wasmtime: what the Internet Computer turns on, and three ways to run it."""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import Final

import wasmtime

# The platform allows 5 MiB; wasmtime for Python aborts the process above 2 MiB.
WASM_STACK_SIZE_BYTES: Final = 2 * 1024 * 1024

_STRATEGY_WINCH: Final = 2  # WASMTIME_STRATEGY_WINCH in wasmtime/config.h.


class EngineKind(Enum):
    """How modules are compiled and how what they do is counted."""

    FUEL = "fuel"
    """Compiled for running; the engine counts fuel."""

    COUNTING = "counting"
    """Compiled for running; the module counts by itself (`metering.py`)."""

    BASELINE = "baseline"
    """Compiled fast, to run slower; the engine counts fuel."""


@cache
def engine_of(kind: EngineKind) -> wasmtime.Engine:
    """The engine of a kind, one in a process.

    Made at first use, not at import: the engine installs signal handlers, and pytest's faulthandler
    must have installed its own before that.
    """
    config = _common_config()
    config.consume_fuel = kind is not EngineKind.COUNTING
    if kind is EngineKind.BASELINE:
        # The C API has the baseline compiler, Winch; the Python face only lacks its name.
        wasmtime._ffi.wasmtime_config_strategy_set(config.ptr(), _STRATEGY_WINCH)
        config.wasm_tail_call = False
    else:
        config.cranelift_nan_canonicalization = True
        # Not optimised, as on the Internet Computer: compiling takes a third less.
        config.cranelift_opt_level = "none"
        config.wasm_tail_call = True
    return wasmtime.Engine(config)


def _common_config() -> wasmtime.Config:
    config = wasmtime.Config()
    config.max_wasm_stack = WASM_STACK_SIZE_BYTES
    config.wasm_bulk_memory = True
    config.wasm_reference_types = True
    config.wasm_simd = True
    config.wasm_memory64 = True
    config.wasm_multi_value = True
    config.wasm_relaxed_simd = False
    config.wasm_threads = False
    config.wasm_multi_memory = False
    config.wasm_exceptions = False
    config.wasm_function_references = False
    config.wasm_gc = False
    config.wasm_wide_arithmetic = False
    config.wasm_custom_page_sizes = False
    config.wasm_stack_switching = False
    return config
