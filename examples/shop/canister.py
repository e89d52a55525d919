"""A shop: its state is in collections, which are durable as they are written."""

from scm import (
    Principal,
    StableLog,
    StableMap,
    ic,
    init,
    nat,
    query,
    record,
    state,
    text,
    update,
)


@record
class Order:
    article: text
    count: nat
    price: nat


@state
class Shop:
    owner: Principal
    prices: StableMap[text, nat] = StableMap()
    orders: StableMap[Principal, StableMap[nat, Order]] = StableMap()
    log: StableLog[text] = StableLog()


@init
def open_shop(owner: Principal) -> Shop:
    return Shop(owner=owner)


@update
def offer(shop: Shop, article: text, price: nat) -> None:
    """Set the price of an article; only the owner may."""
    if ic.caller() != shop.owner:
        raise PermissionError(f"{ic.caller()} does not own the shop")
    shop.prices[article] = price


@update
def order(shop: Shop, article: text, count: nat) -> nat:
    """Order something; the number of the caller's orders.  Without a price it is rolled back."""
    mine = shop.orders.setdefault(ic.caller())
    mine[len(mine)] = Order(article, count, price=shop.prices[article])
    shop.log.append(f"{ic.caller()} ordered {count} {article}")
    return len(mine)


@update
def forget(shop: Shop, customer: Principal) -> None:
    """Remove all orders of a customer."""
    ic.require_controller()
    del shop.orders[customer]


@query
def articles(shop: Shop, start: text) -> list[text]:
    """The articles whose names begin so, in order."""
    return list(shop.prices.prefix(start).keys())


@query
def due(shop: Shop, customer: Principal) -> nat:
    """What a customer has to pay."""
    if customer not in shop.orders:
        return 0
    return sum([item.count * item.price for item in shop.orders[customer].values()])


@query
def recent(shop: Shop, count: nat) -> list[text]:
    """The last lines of the log."""
    return shop.log[max(0, len(shop.log) - count) :]
