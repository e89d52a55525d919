"""The same methods as `rows.c`, for scm."""

from scm import Principal, nat, nat64, query, record, state, text, update


@record
class Row:
    id: nat64
    owner: Principal
    name: text
    amount: nat


@state
class Kept:
    rows: tuple[Row, ...] = ()


@update
def nothing(kept: Kept) -> None:
    pass


@update
def take(kept: Kept, rows: tuple[Row, ...]) -> nat:
    return len(rows)


@update
def fill(kept: Kept, rows: tuple[Row, ...]) -> None:
    kept.rows = rows


@query
def give(kept: Kept) -> tuple[Row, ...]:
    return kept.rows
