"""A shop that pays through a ledger which it does not trust, so through a proxy."""

from scm import (
    Method,
    Principal,
    Reject,
    Reply,
    Response,
    Service,
    ic,
    init,
    nat,
    on_response,
    query,
    record,
    state,
    text,
    update,
    variant,
)


@variant
class Ok:
    value: nat


@variant
class InsufficientFunds:
    balance: nat


@variant
class Invalid:
    reason: text


TransferResult = Ok | InsufficientFunds | Invalid


class Ledger(Service):
    transfer: Method[[Principal, nat], TransferResult]


@state
class Shop:
    ledger: Principal
    proxy: Principal
    book: tuple[text, ...] = ()


@record
class Payment:
    to: Principal
    amount: nat


@init
def setup(ledger: Principal, proxy: Principal) -> Shop:
    return Shop(ledger=ledger, proxy=proxy)


@update
def pay(shop: Shop, to: Principal, amount: nat) -> text:
    ic.require_controller()
    Ledger(shop.ledger).transfer(to, amount).via(shop.proxy, paid, Payment(to, amount))
    return "on its way"


@on_response
def paid(shop: Shop, payment: Payment, response: Response[TransferResult]) -> None:
    match response:
        case Reply(Ok(block)):
            line = f"paid {payment.amount} in block {block}"
        case Reply(InsufficientFunds(balance)):
            line = f"not paid: {balance} is not enough"
        case Reply(Invalid(reason)):
            line = f"not paid: {reason}"
        case Reject(code, message):
            line = f"not paid, reject {code}: {message}"
        case _:
            line = "perhaps paid: ask the ledger"
    shop.book = (*shop.book, line)


@query
def book(shop: Shop) -> tuple[text, ...]:
    return shop.book
