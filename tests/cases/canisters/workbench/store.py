"""The state: plain fields, each a cell of its own in stable memory."""

from shapes import Amount, Everything, Nothing

from scm import float64, nat, nat8, state, text


@state
class Workbench:
    title: text
    kept: Everything | None = None
    counter: nat = 0
    small: nat8 = 0
    ratio: float64 = 0.0
    amount: Amount = Nothing()
    names: tuple[text, ...] = ()
