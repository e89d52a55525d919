"""Reminders: each is a timer with a name, and is delivered to an inbox when its time has come."""

from scm import (
    Method,
    Pending,
    Principal,
    Reject,
    Reply,
    Response,
    Service,
    StableMap,
    StableQueue,
    Unknown,
    every,
    ic,
    nat,
    nat64,
    on_response,
    on_timer,
    query,
    record,
    state,
    text,
    update,
)

DAY_NS = 86_400 * 1_000_000_000


class Inbox(Service):
    """Whoever wants to be reminded."""

    deliver: Method[[text], None]


@record
class Reminder:
    inbox: Principal
    about: text


@record
class Delivered:
    about: text
    at_ns: nat64


@state
class Reminders:
    asked_for: StableMap[Principal, nat] = StableMap()
    delivered: StableQueue[Delivered] = StableQueue()
    closed: bool = False


@update
def remind_me(reminders: Reminders, inbox: Principal, about: text, seconds: nat) -> nat64:
    """Have `inbox` told about something in so many seconds; replaces an earlier one about it."""
    reminders.asked_for[ic.caller()] = reminders.asked_for.get(ic.caller(), 0) + 1
    name = f"{ic.caller()} {about}"
    return ic.set_timer(remind, Reminder(inbox, about), after=seconds, name=name)


@update
def forget(reminders: Reminders, about: text) -> bool:
    """Give a reminder of the caller's up."""
    return ic.cancel_timer(f"{ic.caller()} {about}")


@on_timer
def remind(reminders: Reminders, reminder: Reminder) -> Pending[None]:
    return Inbox(reminder.inbox).deliver(reminder.about).then(answered, reminder)


@on_response
def answered(reminders: Reminders, reminder: Reminder, response: Response[None]) -> None:
    match response:
        case Reply():
            return
        case Reject(code, message):
            # To raise is to be tried again: after a second, then ever later.
            raise RuntimeError(f"{reminder.inbox} rejected with code {code}: {message}")
        case Unknown():
            raise RuntimeError("an unbounded call has an answer")


@every(days=1)
def clear_away(reminders: Reminders) -> None:
    """Remove from the inbox what is older than 30 days."""
    while reminders.delivered and reminders.delivered.peek().at_ns < ic.time() - 30 * DAY_NS:
        reminders.delivered.get()


@update
def deliver(reminders: Reminders, about: text) -> None:
    """This canister as an inbox."""
    if reminders.closed:
        ic.reject("the inbox is closed")
    reminders.delivered.put(Delivered(about, ic.time()))


@update
def close(reminders: Reminders, is_closed: bool) -> None:
    """Take no more deliveries, or take them again."""
    ic.require_controller()
    reminders.closed = is_closed


@query
def inbox(reminders: Reminders) -> list[text]:
    """What was delivered here, the oldest first."""
    return [item.about for item in reminders.delivered]
