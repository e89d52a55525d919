# differs: the text of an error
"""Lists: insert, remove, extend, copy, aliasing, multiplication, comparison, errors."""

from collections.abc import Callable


def run() -> str:
    values = [3, 1, 2]
    values.append(5)
    values.insert(0, 9)
    values.insert(-1, 7)
    values.insert(100, 8)
    lines = [f"{values} {values.index(7)} {values.count(3)} {values.pop()} {values.pop(0)}"]
    values.extend(range(2))
    values += (4,)
    values.remove(1)
    lines.append(f"{values} {values + [0]} {[0] * 3} {[[]] * 2} {[1, 2] * -1}")  # noqa: RUF005
    row = [0] * 2
    grid = [row] * 2
    grid[0][0] = 1
    separate = [[0] * 2 for _ in range(2)]
    separate[0][0] = 1
    lines.append(f"{grid} {separate}")
    alias, copied = values, values[:]
    alias.clear()
    lines.append(f"{values} {copied} {copied == list(copied)} {copied is copied[:]}")
    lines.append(
        f"{[1, 2] < [1, 3]} {[1] < [1, 0]} {[] < [0]} {[2] > [1, 9]} {[1, 2] == [1.0, 2.0]}"
    )
    copied.reverse()
    lines.append(f"{copied} {list(reversed(copied))} {copied[-1]} {4 in copied} {sum(copied)}")
    actions: list[Callable[[], int]] = [
        lambda: copied[99],
        lambda: copied.index(99),
        lambda: copied.pop(99),
    ]
    for action in actions:
        try:
            action()
        except (IndexError, ValueError) as error:
            lines.append(str(error))
    numbers = [1, 2, 3, 4]
    for number in numbers:
        if number < 3:
            numbers.remove(number)
    lines.append(f"{numbers} {list('abc')} {list({'k': 1})} {[*'xy', *range(2)]}")
    swapped = [1, 2, 3]
    swapped[0], swapped[2] = swapped[2], swapped[0]
    lines.append(str(swapped))
    return "\n".join(lines)
