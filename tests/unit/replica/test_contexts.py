"""Every System API function in every context: allowed exactly where the specification says.

A matrix of functions and contexts, in 32-bit and in 64-bit modules, each an execution of its own.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.replica.execution import MODE_TEXTS
from scm.replica.replica import Replica
from scm.replica.system_api import SUPPORTED
from scm.testing.contexts import module_for, run_in, tried_contexts
from scm.wasm.ic0_table import Context, Ic0Function, ic0_functions
from scm.wasm.sections import I32, VALUE_TYPE_NAMES

DOCS = Path(__file__).parents[3] / "docs" / "reference"
CHECKS = 16 * (74 + 65)
"""Contexts, times functions with a 32-bit and with a 64-bit memory: a number the docs tell."""


def call_with_zeros(function: Ic0Function, context: Context, *, is_memory_64: bool) -> bytes:
    """A canister that calls one function, all of whose arguments are 0."""
    parameters = " ".join(VALUE_TYPE_NAMES[letter] for letter in function.type.parameters)
    results = " ".join(VALUE_TYPE_NAMES[letter] for letter in function.type.results)
    zeros = " ".join(
        "(i32.const 0)" if letter == I32 else "(i64.const 0)" for letter in function.type.parameters
    )
    call = f"(call $function {zeros})"
    return module_for(
        context,
        f"(drop {call})" if results else call,
        imports=f'(import "ic0" "{function.name}" '
        f"(func $function (param {parameters}) (result {results})))",
        is_memory_64=is_memory_64,
    )


def test_every_context_and_every_function_is_tried() -> None:
    assert tried_contexts() == set(Context)
    functions = [ic0_functions(is_memory_64=is_memory_64) for is_memory_64 in (False, True)]
    assert functions[0].keys() == SUPPORTED.keys()
    assert len(Context) * sum(map(len, functions)) == CHECKS
    assert f"| {CHECKS:,} |" in (DOCS / "replica.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("is_memory_64", [False, True], ids=["32", "64"])
@pytest.mark.parametrize("context", Context, ids=lambda context: context.name.lower())
def test_functions_may_be_called_where_the_specification_says(
    context: Context, is_memory_64: bool
) -> None:
    wrong = []
    for name, function in ic0_functions(is_memory_64=is_memory_64).items():
        wasm = call_with_zeros(function, context, is_memory_64=is_memory_64)
        [event] = run_in(context, wasm, Replica())
        refusal = f'"ic0_{name}" cannot be executed in {MODE_TEXTS[context]} mode'
        is_allowed = event.error is None or refusal not in event.error
        if is_allowed != (context in function.contexts):
            wrong.append(name)
    assert wrong == []
