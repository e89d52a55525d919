"""Validators: built-in ones, several at once, one in a method, and one on assignment."""

from attrs import Attribute, define, field, validators


@define
class Person:
    name: str = field(validator=validators.instance_of(str))
    age: int = field(validator=[validators.instance_of(int), validators.ge(0)])
    role: str = field(default="user", validator=validators.in_(["user", "admin"]))

    @name.validator
    def _not_blank(self, attribute: "Attribute[str]", value: str) -> None:
        if not value.strip():
            raise ValueError(f"{attribute.name} is blank")


def attempt(name: str, age: int, role: str = "user") -> str:
    try:
        return repr(Person(name, age, role))
    except (TypeError, ValueError) as error:
        return f"{type(error).__name__}: {str(error.args[0])[:40]}"


def run() -> str:
    lines = [attempt("Ann", 30), attempt("Bob", 30, "admin"), attempt(" ", 1)]
    lines += [attempt("Cy", -1), attempt("Di", 1, "root")]
    person = Person("Eve", 5)
    try:
        person.age = -5
    except ValueError as error:
        lines.append(f"ValueError: {error}")
    lines.append(str(person.age))
    return "\n".join(lines)
