"""A shop at its first version; the later ones migrate what it stores."""

from scm import (
    Method,
    Pending,
    Principal,
    Reply,
    Response,
    Service,
    StableList,
    StableMap,
    nat,
    on_response,
    query,
    record,
    state,
    text,
    update,
)


@record
class Order:
    article: text
    price: text


@record
class Payment:
    amount: text


@state
class Shop:
    price: text = "12"
    orders: StableMap[nat, Order] = StableMap()
    prices: StableList[text] = StableList()
    nested: StableMap[text, StableMap[nat, text]] = StableMap()


class Bank(Service):
    pay: Method[[nat], nat]


@update
def pay(shop: Shop, amount: nat) -> nat:
    return amount


@update
def fill(shop: Shop, count: nat) -> None:
    for number in range(len(shop.orders), len(shop.orders) + count):
        shop.orders[number] = Order(f"article {number}", str(number))
        shop.prices.append(str(number))
        shop.nested.setdefault("a")[number] = str(number)


@update
def buy(shop: Shop, bank: Principal, amount: nat) -> Pending[nat]:
    return Bank(bank).pay(amount).then(paid, Payment(str(amount)))


@on_response
def paid(shop: Shop, payment: Payment, response: Response[nat]) -> nat:
    return int(payment.amount) if isinstance(response, Reply) else 0


@query
def look(shop: Shop) -> tuple[text, text]:
    orders = "; ".join([f"{order.article}: {order.price}" for order in shop.orders.values()])
    return shop.price, orders


@query
def lists(shop: Shop) -> tuple[text, text]:
    nested = [str(price) for prices in shop.nested.values() for price in prices.values()]
    return ", ".join([str(price) for price in shop.prices]), ", ".join(nested)


@update
def spoil(shop: Shop) -> None:
    shop.price = "many"
