"""The programs of `programs.py` as methods; as `programs.mo` and `programs.c` with `rows.c`."""

import programs

from scm import Principal, blob, nat, nat64, query, record, state, text, update


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
def fib_iterative(kept: Kept, n: nat) -> nat:
    return programs.fib_iterative(n)


@update
def fib(kept: Kept, n: nat) -> nat:
    return programs.fib(n)


@update
def fib_i64(kept: Kept, n: nat64) -> nat64:
    return programs.fib_i64(n)


@update
def sum_to(kept: Kept, n: nat) -> nat:
    return programs.sum_to(n)


@update
def ackermann(kept: Kept, n: nat) -> nat:
    return programs.ackermann(3, n)


@update
def count_primes(kept: Kept, limit: nat) -> nat:
    return programs.count_primes(limit)


@update
def digest_random_numbers(kept: Kept, count: nat) -> nat:
    return programs.digest_random_numbers(count)


@update
def sort_random_numbers(kept: Kept, count: nat) -> nat:
    return programs.sort_random_numbers(count)


@update
def build_text(kept: Kept, count: nat) -> text:
    return programs.build_text(count)


@update
def fill_dict(kept: Kept, count: nat) -> nat:
    return programs.fill_dict(count)


@update
def move_money(kept: Kept, count: nat) -> nat:
    return programs.move_money(count)


@update
def sha256(kept: Kept, size: nat) -> blob:
    return programs.sha256(size)


@update
def round_trip_json(kept: Kept, count: nat) -> nat:
    return programs.round_trip_json(count)


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
