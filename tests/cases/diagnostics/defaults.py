from dataclasses import field

from scm import nat, record, state


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
