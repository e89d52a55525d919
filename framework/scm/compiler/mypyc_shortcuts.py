"""Part of mypyc's worker: fewer instructions for what typed code does all the time.

After mypyc's last step before C, in its own form of the program.  An element of a list that is only
unboxed needs no reference of its own; one that becomes another bool often needs no count of
references at all; a bool is found out of an object by the very branches that follow; and a sum that
takes over its operands frees them on the long way only.  The functions named here are in
`runtime/c/fast_values.h`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from mypyc.ir.module_ir import ModuleIR
from mypyc.ir.ops import (
    ERR_MAGIC,
    ERR_MAGIC_OVERLAPPING,
    BasicBlock,
    Box,
    Branch,
    CallC,
    DecRef,
    IncRef,
    Op,
    Unbox,
    Value,
)
from mypyc.ir.rtypes import is_bool_rprimitive, is_float_rprimitive, is_int_rprimitive

_BORROWING: Final = {
    "CPyList_GetItem": "scm_list_borrow",
    "CPyList_GetItemShort": "scm_list_borrow",
    "CPyList_GetItemInt64": "scm_list_borrow_int64",
}
_NEXT: Final = "PyIter_Next"
_PUTTING: Final = {
    "CPyList_SetItem": "scm_list_put",
    "CPyList_SetItemInt64": "scm_list_put_int64",
}
_CONSUMING: Final[Mapping[str, tuple[str, str]]] = {
    "CPyTagged_Add": ("scm_tagged_add_left", "scm_tagged_add_right"),
    "scm_tagged_add_left": ("", "scm_tagged_add_both"),
    "scm_tagged_add_right": ("scm_tagged_add_both", ""),
    "CPyTagged_Subtract": ("scm_tagged_subtract_left", "scm_tagged_subtract_right"),
    "scm_tagged_subtract_left": ("", "scm_tagged_subtract_both"),
    "scm_tagged_subtract_right": ("scm_tagged_subtract_both", ""),
}
"""The functions that free the left operand besides, and the right one."""


def take_shortcuts(modules: Mapping[str, ModuleIR]) -> None:
    """Change the functions of these modules in place."""
    for module in modules.values():
        for function in module.functions:
            shorten(function.blocks)


def shorten(blocks: Sequence[BasicBlock]) -> None:
    """Change one function in place, whose references are counted already."""
    _look_only(blocks)
    for block in blocks:
        block.ops = _consume(_put(_unboxed(block.ops)))
    _call_to_unbox(blocks)


def _look_only(blocks: Sequence[BasicBlock]) -> None:
    """Objects that are only unboxed: `x = list[i]` or `x = next(i)`, `y = unbox x`, `dec_ref x`."""
    entries: dict[BasicBlock, int] = {}
    for block in blocks:
        for target in block.terminator.targets():
            entries[target] = entries.get(target, 0) + 1
    for block in blocks:
        found = _got_at_end(block)
        if found is None:
            continue
        got, following = found
        match following.ops:
            case [Unbox(src=source) as unbox, DecRef(src=freed), *_] if (
                source is freed is got and entries[following] == 1 and _runs_nothing(unbox)
            ):
                if got.function_name in _BORROWING:
                    got.function_name = _BORROWING[got.function_name]
                    got.is_borrowed = True
                    del following.ops[1]
                elif is_int_rprimitive(unbox.type):
                    got.function_name = "scm_next_int"


def _got_at_end(block: BasicBlock) -> tuple[CallC, BasicBlock] | None:
    """The object that a block gets at its end, and where it goes on if there is one."""
    *before, last = block.ops
    if not (isinstance(last, Branch) and last.op == Branch.IS_ERROR and not last.negated):
        return None
    for op in reversed(before):
        match op:
            case CallC(function_name=name) if op is last.value:
                return (op, last.false) if name in _BORROWING or name == _NEXT else None
            case DecRef(src=freed) if is_int_rprimitive(freed.type):
                continue  # Frees an index; of anything else, the element may be freed with it.
            case _:
                return None
    return None


def _unboxed(ops: Sequence[Op]) -> list[Op]:
    """Without the reference that is held only while an object is unboxed."""
    changed: list[Op] = []
    for op in ops:
        match changed[-2:], op:
            case [IncRef(src=held), Unbox(src=source) as unbox], DecRef(src=freed) if (
                held is source is freed and _runs_nothing(unbox)
            ):
                changed[-2:] = [unbox]
            case _:
                changed.append(op)
    return changed


def _runs_nothing(unbox: Unbox) -> bool:
    """Whether it calls nothing that could free the object; for a float `scm_float` sees to that."""
    kind = unbox.type
    return is_int_rprimitive(kind) or is_bool_rprimitive(kind) or is_float_rprimitive(kind)


def _put(ops: Sequence[Op]) -> list[Op]:
    """Elements that become a bool, by functions that need no reference to it."""
    changed: list[Op] = []
    for op in ops:
        match changed[-1:], op:
            case [IncRef(src=Box() as value)], CallC(function_name=name, args=[_, _, assigned]) if (
                name in _PUTTING and assigned is value and is_bool_rprimitive(value.src.type)
            ):
                op.function_name = _PUTTING[name]
                op.steals = False
                changed[-1:] = [op]
            case _:
                changed.append(op)
    return changed


def _consume(ops: Sequence[Op]) -> list[Op]:
    """Sums and differences whose operands are freed next, by functions that do that, too."""
    changed: list[Op] = []
    for op in ops:
        match changed[-1:], op:
            case [CallC(function_name=name, args=[left, right]) as operation], DecRef(
                src=freed
            ) if name in _CONSUMING and (freed is left or freed is right):
                operation.function_name = _CONSUMING[name][freed is right]
            case _:
                changed.append(op)
    return changed


def _call_to_unbox(blocks: Sequence[BasicBlock]) -> None:
    """Bools and floats out of objects, by functions: the branches that follow are made of those."""
    others: dict[Value, Value] = {}
    for block in blocks:
        for index, op in enumerate(block.ops):
            if isinstance(op, Unbox) and is_bool_rprimitive(op.type):
                name, error = "scm_bool", ERR_MAGIC
            elif isinstance(op, Unbox) and is_float_rprimitive(op.type):
                name, error = "scm_float", ERR_MAGIC_OVERLAPPING
            else:
                continue
            call = CallC(name, [op.src], op.type, False, False, error, op.line)
            block.ops[index] = others[op] = call
    for block in blocks if others else ():
        for op in block.ops:
            sources = op.sources()
            if not others.keys().isdisjoint(sources):
                op.set_sources([others.get(source, source) for source in sources])
