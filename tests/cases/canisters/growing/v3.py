"""The shop with prices in cents: numbers as before, a hundred times as large."""

from scm import (
    Method,
    Pending,
    Principal,
    Reply,
    Response,
    Service,
    StableList,
    StableMap,
    migration,
    nat,
    on_response,
    query,
    record,
    state,
    text,
    update,
)


@record
class OrderV1:
    article: text
    price: text


@record
class Order:
    article: text
    price: nat


@record
class PaymentV1:
    amount: text


@record
class Payment:
    amount: nat  # In cents, from step 2 on.


@state
class Shop:
    price: nat = 12
    orders: StableMap[nat, Order] = StableMap()
    prices: StableList[nat] = StableList()
    nested: StableMap[text, StableMap[nat, nat]] = StableMap()


@migration(1, field="price")
def price_as_number(old: text) -> nat:
    return int(old)


@migration(1, field="orders")
def order_with_number(old: OrderV1) -> Order:
    return Order(old.article, int(old.price))


@migration(1, field="prices")
def list_of_numbers(old: text) -> nat:
    return int(old)


@migration(1, field="nested")
def nested_numbers(old: text) -> nat:
    return int(old)


@migration(2, field="price")
def price_in_cents(old: nat) -> nat:
    return old * 100


@migration(2, field="orders")
def order_in_cents(old: Order) -> Order:
    return Order(old.article, old.price * 100)


@migration(2, field="prices")
def list_of_cents(old: nat) -> nat:
    return old * 100


@migration(2, field="nested")
def nested_cents(old: nat) -> nat:
    return old * 100


@migration(2, handler="paid")
def payment_in_cents(old: Payment) -> Payment:
    return Payment(old.amount * 100)


@migration(1, handler="paid")
def payment_with_number(old: PaymentV1) -> Payment:
    return Payment(int(old.amount))


class Bank(Service):
    pay: Method[[nat], nat]


@update
def pay(shop: Shop, amount: nat) -> nat:
    return amount


@update
def fill(shop: Shop, count: nat) -> None:
    for number in range(len(shop.orders), len(shop.orders) + count):
        shop.orders[number] = Order(f"article {number}", number * 100)
        shop.prices.append(number * 100)
        shop.nested.setdefault("a")[number] = number * 100


@update
def buy(shop: Shop, bank: Principal, amount: nat) -> Pending[nat]:
    return Bank(bank).pay(amount).then(paid, Payment(amount * 100))


@on_response
def paid(shop: Shop, payment: Payment, response: Response[nat]) -> nat:
    return payment.amount if isinstance(response, Reply) else 0


@query
def look(shop: Shop) -> tuple[text, text]:
    orders = "; ".join([f"{order.article}: {order.price}" for order in shop.orders.values()])
    return str(shop.price), orders


@query
def lists(shop: Shop) -> tuple[text, text]:
    nested = [str(price) for prices in shop.nested.values() for price in prices.values()]
    return ", ".join([str(price) for price in shop.prices]), ", ".join(nested)


@update
def spoil(shop: Shop) -> None:
    shop.price = 0
