"""What the thread of the replica is asked for, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

from scm.network.core import Core
from scm.network.hold_orders import Order
from scm.network.journal import UserCall
from scm.network.replies import Reply
from scm.replica.queries import QueryCall
from scm.replica.state import Outcome, Rejected
from scm.wire.hash_tree import Labels


@frozen
class Accepted:
    """The call is in the journal; its status can be read."""


@frozen
class Certified:
    """The call is answered: a certificate of its status."""

    certificate: bytes


@frozen
class Refused:
    """The call was not let in."""

    rejected: Rejected


@frozen
class TooLarge:
    """The call is larger than a user may send."""

    reason: str


@frozen
class Busy:
    """The call can't be taken now."""

    reason: str


CallResult = Accepted | Certified | Refused | TooLarge | Busy


@frozen(eq=False)
class CallWork:
    """Take in a call; `is_waiting`: the answer is wanted, not only that it is accepted.

    `is_trusted`: it is the network's own, which nobody has to let in.
    """

    call: UserCall
    is_waiting: bool
    reply: Reply[CallResult]
    is_trusted: bool = False


@frozen(eq=False)
class QueryWork:
    """Answer a query call."""

    call: QueryCall
    reply: Reply[Outcome]


@frozen(eq=False)
class ReadWork:
    """Certify what is on and below some paths, if `check` does not object.

    `check` raises what the reader is to get instead.
    """

    paths: list[Labels]
    check: Callable[[Core], None]
    reply: Reply[bytes]


@frozen(eq=False)
class TaskWork:
    """Call a function with the core, between two rounds."""

    task: Callable[[Core], Any]
    reply: Reply[Any]


@frozen(eq=False)
class OrderWork:
    """Follow an order about messages that are held, in the next round."""

    order: Order
    reply: Reply[None]


Work = CallWork | QueryWork | ReadWork | TaskWork | OrderWork
