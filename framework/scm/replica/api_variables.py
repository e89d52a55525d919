"""System API: environment variables.  Interface Spec, "Canister interface": the section so named.

They are settings of the canister, in the order of their names.
"""

from __future__ import annotations

from typing import Final

from scm.replica.api_memory import copy_slice, load
from scm.replica.execution import CanisterTrap, Execution, contract_violation

VARIABLE_NAME_BYTES_MAX: Final = 128


def env_var_count(execution: Execution) -> int:
    return len(execution.canister.settings.environment_variables)


def env_var_name_size(execution: Execution, index: int) -> int:
    return len(_name_at(execution, index))


def env_var_name_copy(
    execution: Execution, index: int, target: int, offset: int, size: int
) -> None:
    copy_slice(execution, _name_at(execution, index), target, offset, size)


def env_var_name_exists(execution: Execution, source: int, size: int) -> int:
    return int(_find(execution, _name(execution, source, size)) is not None)


def env_var_value_size(execution: Execution, source: int, size: int) -> int:
    return len(_value(execution, source, size))


def env_var_value_copy(
    execution: Execution, source: int, name_size: int, target: int, offset: int, size: int
) -> None:
    copy_slice(execution, _value(execution, source, name_size), target, offset, size)


def _name_at(execution: Execution, index: int) -> bytes:
    variables = execution.canister.settings.environment_variables
    if index >= len(variables):
        raise _no_variable(f"index {index}")
    return variables[index][0].encode()


def _value(execution: Execution, source: int, size: int) -> bytes:
    name = _name(execution, source, size)
    value = _find(execution, name)
    if value is None:
        raise _no_variable(f"name `{name}`")
    return value.encode()


def _find(execution: Execution, name: str) -> str | None:
    return dict(execution.canister.settings.environment_variables).get(name)


def _name(execution: Execution, source: int, size: int) -> str:
    if size > VARIABLE_NAME_BYTES_MAX:
        raise contract_violation(
            f"an environment variable's name has at most {VARIABLE_NAME_BYTES_MAX} bytes"
        )
    try:
        return load(execution, source, size).decode()
    except UnicodeDecodeError:
        raise contract_violation("the environment variable's name is not valid UTF-8") from None


def _no_variable(which: str) -> CanisterTrap:
    return contract_violation(f"there is no environment variable with {which}")
