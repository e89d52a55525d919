"""A Python module of bindings as data: classes, aliases, a constant, in the order of writing."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from scm.binding.layout import Expression, words_of


@frozen
class Attribute:
    """A field of a record or case, or a method of a service; `optional` ones are `None` if left."""

    name: str
    annotation: Expression
    doc: str = ""
    optional: bool = False


@frozen
class RecordClass:
    """A `@record` class."""

    name: str
    doc: str
    fields: tuple[Attribute, ...]


@frozen
class CaseClass:
    """A `@variant` class, with the tag's name or id."""

    name: str
    tag: str | int
    doc: str
    fields: tuple[Attribute, ...]


@frozen
class ServiceClass:
    """A `Service` class."""

    name: str
    doc: str
    methods: tuple[Attribute, ...]


@frozen
class Alias:
    """`name = expression`, evaluated when the module is imported: a type's name, or a constant."""

    name: str
    expression: Expression
    doc: str = ""


Item = RecordClass | CaseClass | ServiceClass | Alias


@frozen
class Module:
    """All of a module but its imports, which follow from the rest."""

    items: tuple[Item, ...]


def expressions_of(item: Item) -> list[Expression]:
    """All expressions in a class or alias."""
    match item:
        case Alias(expression=expression):
            return [expression]
        case RecordClass(fields=attributes) | CaseClass(fields=attributes):
            return [attribute.annotation for attribute in attributes]
        case ServiceClass(methods=attributes):
            return [attribute.annotation for attribute in attributes]


def in_order_of_import(items: Sequence[Item]) -> tuple[Item, ...]:
    """`items` as they are, except that an alias comes after all that it names.

    Annotations in classes are evaluated later, so classes may come anywhere.
    """
    by_name = {item.name: item for item in items}
    ordered: dict[str, Item] = {}
    todo = list(items)[::-1]
    while todo:
        item = todo[-1]
        needed = words_of(item.expression) if isinstance(item, Alias) else []
        waiting = [by_name[word] for word in needed if word in by_name and word not in ordered]
        if waiting:
            todo += waiting[::-1]
        else:
            ordered.setdefault(todo.pop().name, item)
    return tuple(ordered.values())
