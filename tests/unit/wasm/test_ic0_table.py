import pytest

from scm.wasm.ic0_table import Context, ic0_functions
from scm.wasm.sections import I32, I64, FunctionType


@pytest.mark.parametrize(
    ("name", "parameters", "results"),
    [
        ("call_new", [I32] * 8, []),
        ("call_on_cleanup", [I32] * 2, []),
        ("call_perform", [], [I32]),
        ("msg_cycles_accept128", [I64, I64, I32], []),
        ("stable64_write", [I64] * 3, []),
        ("global_timer_set", [I64], [I64]),
        ("env_var_value_copy", [I32] * 5, []),
        ("cost_sign_with_ecdsa", [I32] * 4, [I32]),
    ],
)
def test_types_of_a_32_bit_module(name, parameters, results):
    function = ic0_functions(is_memory_64=False)[name]
    assert function.type == FunctionType(bytes(parameters), bytes(results))


@pytest.mark.parametrize(
    ("name", "parameters", "results"),
    [
        ("call_new", [I64] * 8, []),
        ("msg_reject_code", [], [I32]),
        ("call_with_best_effort_response", [I32], []),
        ("cost_sign_with_ecdsa", [I64, I64, I32, I64], [I32]),
        ("msg_arg_data_size", [], [I64]),
    ],
)
def test_types_of_a_64_bit_module(name, parameters, results):
    function = ic0_functions(is_memory_64=True)[name]
    assert function.type == FunctionType(bytes(parameters), bytes(results))


def test_64_bit_modules_lack_exactly_the_deprecated_forms():
    deprecated = set(ic0_functions(is_memory_64=False)) - set(ic0_functions(is_memory_64=True))
    assert deprecated == {
        "msg_cycles_available",
        "msg_cycles_refunded",
        "msg_cycles_accept",
        "canister_cycle_balance",
        "call_cycles_add",
        "stable_size",
        "stable_grow",
        "stable_write",
        "stable_read",
    }


def test_contexts_follow_the_specification():
    functions = ic0_functions(is_memory_64=False)
    assert functions["accept_message"].contexts == {Context.INSPECT_MESSAGE}
    assert functions["trap"].contexts == set(Context)
    assert functions["time"].contexts == set(Context) - {Context.START}
    assert Context.PRE_UPGRADE not in functions["call_new"].contexts
    assert Context.CLEANUP not in functions["call_new"].contexts
