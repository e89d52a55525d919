"""Which operations of mypyc's become shorter ones, and which nearly the same ones don't."""

from __future__ import annotations

import pytest
from mypyc.ir.ops import (
    ERR_FALSE,
    ERR_MAGIC,
    ERR_NEVER,
    BasicBlock,
    Box,
    Branch,
    CallC,
    DecRef,
    IncRef,
    Integer,
    Op,
    Register,
    Return,
    Unbox,
    Unreachable,
    Value,
)
from mypyc.ir.rtypes import (
    RTuple,
    RType,
    bool_rprimitive,
    float_rprimitive,
    int_rprimitive,
    list_rprimitive,
    object_rprimitive,
)

from scm.compiler.mypyc_shortcuts import shorten

ITEMS = Register(list_rprimitive, "items")
INDEX = Register(int_rprimitive, "index")
OBJECT = Register(object_rprimitive, "object")


def call(
    name: str, *arguments: Value, kind: RType = object_rprimitive, error: int = ERR_MAGIC
) -> CallC:
    return CallC(name, list(arguments), kind, False, False, error, 1)


def block(*ops: Op) -> BasicBlock:
    made = BasicBlock()
    made.ops = list(ops)
    return made


def straight(*ops: Op) -> BasicBlock:
    """A block from which it goes nowhere."""
    return block(*ops, Unreachable())


def names(made: BasicBlock) -> list[str]:
    """The functions that are called, and the other operations by their classes."""
    ops = made.ops[:-1] if isinstance(made.ops[-1], Unreachable) else made.ops
    return [op.function_name if isinstance(op, CallC) else type(op).__name__ for op in ops]


def looked_at(got: CallC, kind: RType, *between: Op, tail: tuple[Op, ...] = ()) -> list[BasicBlock]:
    """`got`, a branch for its error, and a block that unboxes it and drops it."""
    unbox = Unbox(got, kind, 1)
    following = block(unbox, *(tail or (DecRef(got),)), Return(unbox))
    error = block(Unreachable())
    first = block(got, *between, Branch(got, error, following, Branch.IS_ERROR))
    return [first, error, following]


@pytest.mark.parametrize(
    ("function", "borrowing"),
    [
        ("CPyList_GetItem", "scm_list_borrow"),
        ("CPyList_GetItemShort", "scm_list_borrow"),
        ("CPyList_GetItemInt64", "scm_list_borrow_int64"),
    ],
)
@pytest.mark.parametrize(
    ("kind", "unboxed"),
    [(int_rprimitive, "Unbox"), (bool_rprimitive, "scm_bool"), (float_rprimitive, "scm_float")],
)
def test_an_element_that_is_unboxed_is_borrowed(function, borrowing, kind, unboxed):
    blocks = looked_at(call(function, ITEMS, INDEX), kind, DecRef(INDEX))
    shorten(blocks)
    assert names(blocks[0]) == [borrowing, "DecRef", "Branch"]
    assert names(blocks[2]) == [unboxed, "Return"]
    (returned,) = blocks[2].ops[-1].sources()
    assert returned is blocks[2].ops[0]


def test_an_element_is_held_while_its_list_is_freed():
    blocks = looked_at(call("CPyList_GetItem", ITEMS, INDEX), int_rprimitive, DecRef(ITEMS))
    shorten(blocks)
    assert names(blocks[0])[0] == "CPyList_GetItem"
    assert names(blocks[2]) == ["Unbox", "DecRef", "Return"]


def test_an_element_that_is_needed_later_is_held():
    got = call("CPyList_GetItem", ITEMS, INDEX)
    used = call("PyObject_Repr", got)
    blocks = looked_at(got, int_rprimitive, tail=(used, DecRef(got)))
    shorten(blocks)
    assert names(blocks[0])[0] == "CPyList_GetItem"
    assert names(blocks[2]) == ["Unbox", "PyObject_Repr", "DecRef", "Return"]


def test_a_tuple_is_held_as_its_parts_may_run_something():
    blocks = looked_at(call("CPyList_GetItem", ITEMS, INDEX), RTuple([float_rprimitive]))
    shorten(blocks)
    assert names(blocks[2]) == ["Unbox", "DecRef", "Return"]


def test_an_element_is_held_where_another_way_leads_to_the_same_block():
    blocks = looked_at(call("CPyList_GetItem", ITEMS, INDEX), int_rprimitive)
    other = block(Branch(OBJECT, blocks[1], blocks[2], Branch.IS_ERROR))
    shorten([*blocks, other])
    assert names(blocks[0])[0] == "CPyList_GetItem"
    assert names(blocks[2]) == ["Unbox", "DecRef", "Return"]


def test_numbers_of_a_range_pass_in_one_object():
    blocks = looked_at(call("PyIter_Next", OBJECT), int_rprimitive)
    shorten(blocks)
    assert names(blocks[0])[0] == "scm_next_int"
    assert names(blocks[2]) == ["Unbox", "DecRef", "Return"]  # Of other iterators it is freed.
    floats = looked_at(call("PyIter_Next", OBJECT), float_rprimitive)
    shorten(floats)
    assert names(floats[0])[0] == "PyIter_Next"


def test_an_object_is_not_held_only_to_be_unboxed():
    held = straight(IncRef(OBJECT), Unbox(OBJECT, int_rprimitive, 1), DecRef(OBJECT))
    other = straight(IncRef(ITEMS), Unbox(OBJECT, int_rprimitive, 1), DecRef(OBJECT))
    shorten([held, other])
    assert names(held) == ["Unbox"]
    assert names(other) == ["IncRef", "Unbox", "DecRef"]


def assigned(value: Value) -> BasicBlock:
    put = call("CPyList_SetItem", ITEMS, INDEX, value, kind=bool_rprimitive, error=ERR_FALSE)
    put.steals = [False, False, True]
    return straight(IncRef(value), put)


def test_an_element_that_becomes_a_bool_needs_no_reference():
    flag = assigned(Box(Integer(0, bool_rprimitive)))
    number = assigned(Box(Register(int_rprimitive, "number")))
    shorten([flag, number])
    assert names(flag) == ["scm_list_put"]
    assert isinstance(flag.ops[0], CallC)
    assert flag.ops[0].stolen() == []
    assert names(number) == ["IncRef", "CPyList_SetItem"]


@pytest.mark.parametrize("operation", ["Add", "Subtract"])
def test_a_sum_frees_its_operands(operation):
    left, right = Register(int_rprimitive, "left"), Register(int_rprimitive, "right")
    short = f"scm_tagged_{operation.lower()}"
    for freed, expected in [
        ((), [f"CPyTagged_{operation}"]),
        ((left,), [f"{short}_left"]),
        ((right,), [f"{short}_right"]),
        ((left, right), [f"{short}_both"]),
        ((right, left), [f"{short}_both"]),
        ((INDEX,), [f"CPyTagged_{operation}", "DecRef"]),
        ((INDEX, left), [f"CPyTagged_{operation}", "DecRef", "DecRef"]),
    ]:
        total = call(f"CPyTagged_{operation}", left, right, kind=int_rprimitive, error=ERR_NEVER)
        made = straight(total, *(DecRef(value) for value in freed))
        shorten([made])
        assert names(made) == expected


def test_a_sum_of_one_number_with_itself_frees_it_once():
    total = call("CPyTagged_Add", INDEX, INDEX, kind=int_rprimitive, error=ERR_NEVER)
    made = straight(total, DecRef(INDEX))
    shorten([made])
    assert names(made) == ["scm_tagged_add_right"]
