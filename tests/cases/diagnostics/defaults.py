from dataclasses import field

from scm import float64, int8, nat, nat8, nat64, record, state, text


def helper(items=[]):  ## E: mutable-default `[]`
    return items


def keyword(*, items=dict()):  ## E: mutable-default `dict()`
    return items


@record
class Item:
    names: tuple[nat, ...] = field(default_factory=tuple)  ## E: mutable-default `field(default_factory=tuple)`
    prices: tuple[nat, ...] = ()


@state
class State:
    total: nat  ## E: missing-init `total`
    limit: nat = 1
    debt: nat = -1  ## E: out-of-range `-1`
    small: nat8 = 300  ## E: out-of-range `300`
    least: int8 = -128
    less: int8 = -129  ## E: out-of-range `-129`
    most: nat64 = 18446744073709551615
    maybe: nat8 | None = 256  ## E: out-of-range `256`
    several: tuple[nat8, ...] = (1, 256)  ## E: out-of-range `256`
    pair: tuple[text, nat8] = ("x", -1)  ## E: out-of-range `-1`
    flag: bool = True
    share: float64 = -1
    whole: int = -5
