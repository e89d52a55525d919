"""A state machine of an account: a table of moves, guards, a journal, refused events."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto


class State(Enum):
    NEW = auto()
    OPEN = auto()
    FROZEN = auto()
    CLOSED = auto()


class RefusedError(Exception):
    pass


@dataclass
class Account:
    state: State = State.NEW
    balance: int = 0
    journal: list[str] = field(default_factory=list)

    def deposit(self, amount: int) -> None:
        self.balance += amount

    def withdraw(self, amount: int) -> None:
        if amount > self.balance:
            raise RefusedError(f"{amount} > {self.balance}")
        self.balance -= amount

    def close(self, _: int) -> None:
        if self.balance:
            raise RefusedError("not empty")


def nothing(account: Account, amount: int) -> None:
    pass


MOVES: dict[tuple[State, str], tuple[State, Callable[[Account, int], None]]] = {
    (State.NEW, "open"): (State.OPEN, nothing),
    (State.OPEN, "deposit"): (State.OPEN, Account.deposit),
    (State.OPEN, "withdraw"): (State.OPEN, Account.withdraw),
    (State.OPEN, "freeze"): (State.FROZEN, nothing),
    (State.FROZEN, "thaw"): (State.OPEN, nothing),
    (State.OPEN, "close"): (State.CLOSED, Account.close),
}


def send(account: Account, event: str, amount: int = 0) -> None:
    try:
        following, action = MOVES[account.state, event]
        action(account, amount)
    except KeyError:
        account.journal.append(f"{event}: not when {account.state.name}")
    except RefusedError as error:
        account.journal.append(f"{event}: {error}")
    else:
        account.state = following
        account.journal.append(f"{event}: {account.state.name} {account.balance}")


def run() -> str:
    account = Account()
    events = [("deposit", 5), ("open", 0), ("deposit", 100), ("withdraw", 130), ("freeze", 0)]
    events += [
        ("withdraw", 1),
        ("thaw", 0),
        ("close", 0),
        ("withdraw", 100),
        ("close", 0),
        ("open", 0),
    ]
    for event, amount in events:
        send(account, event, amount)
    return "\n".join([*account.journal, account.state.name])
