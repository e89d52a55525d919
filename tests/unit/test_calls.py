"""What a described call may carry."""

from __future__ import annotations

from typing import Any

import pytest

from scm.authoring.calls import CYCLES_MAX, Call
from scm.model import Principal

CALL: Call[Any] = Call(Principal.anonymous(), "pay", (), 0)


@pytest.mark.parametrize("cycles", [-1, CYCLES_MAX + 1])
def test_cycles_that_no_call_can_carry_are_refused(cycles: int) -> None:
    with pytest.raises(ValueError, match=rf"carries 0 to 2\^128 - 1 cycles, got {cycles}"):
        CALL.with_cycles(cycles)


@pytest.mark.parametrize("cycles", [0, CYCLES_MAX])
def test_all_other_cycles_are_attached(cycles: int) -> None:
    assert CALL.with_cycles(cycles).cycles == cycles
