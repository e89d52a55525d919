"""Properties overridden in subclasses, extended through `super()`, a getter replaced alone."""


class Employee:
    def __init__(self, name: str, pay: int) -> None:
        self.name = name
        self._pay = pay

    @property
    def pay(self) -> int:
        return self._pay

    @pay.setter
    def pay(self, value: int) -> None:
        self._pay = max(value, 0)

    @property
    def title(self) -> str:
        return self.name.title()


class Manager(Employee):
    bonus = 100

    @property
    def pay(self) -> int:
        return super().pay + self.bonus

    @pay.setter
    def pay(self, value: int) -> None:
        self._pay = value - self.bonus

    @property
    def title(self) -> str:
        return f"Dr {super().title}"


class Director(Manager):
    bonus = 1000


def run() -> str:
    people = [Employee("ann", 10), Manager("bob", 10), Director("cy", 10)]
    lines = [str([(person.title, person.pay) for person in people])]
    for person in people:
        person.pay = 500
    lines.append(str([(person._pay, person.pay) for person in people]))
    for person in people:
        person.pay -= 5000
    lines.append(str([person.pay for person in people]))
    lines.append(str(isinstance(Employee.__dict__["pay"], property)))
    return "\n".join(lines)
