"""Invoices as text: three packages from the package registry, in a canister."""

from typing import Any

import attrs
import jinja2
from sortedcontainers import SortedDict

from scm import StableMap, nat, query, record, state, text, update

TEMPLATE = jinja2.Environment(autoescape=True, trim_blocks=True).from_string("""\
<h1>{{ invoice.customer }}</h1>
{% for name, line in lines.items() %}
<p>{{ "%-8s"|format(name) }} {{ line.count }} x {{ line.price }} = {{ line.total }}</p>
{% endfor %}
<b>{{ lines.values()|sum(attribute="total") }}</b>
""")


@record
class Item:
    name: text
    count: nat
    price: nat


@state
class Invoices:
    items: StableMap[text, tuple[Item, ...]] = StableMap()


@attrs.frozen
class Line:
    """A line of an invoice, as the template sees it."""

    count: int = attrs.field(validator=attrs.validators.gt(0))
    price: int = attrs.field(validator=attrs.validators.ge(0))

    @property
    def total(self) -> int:
        return self.count * self.price


@attrs.frozen
class Invoice:
    customer: str


@update
def add(invoices: Invoices, customer: text, item: Item) -> nat:
    """Put an item on a customer's invoice; the number of items.  Traps on a count of 0."""
    Line(item.count, item.price)
    items = (*invoices.items.get(customer, ()), item)
    invoices.items[customer] = items
    return len(items)


@query
def render(invoices: Invoices, customer: text) -> text:
    """The invoice, its lines in the order of the articles' names."""
    lines: Any = SortedDict()
    for item in invoices.items.get(customer, ()):
        lines[item.name] = Line(item.count, item.price)
    return TEMPLATE.render(invoice=Invoice(customer), lines=lines)
