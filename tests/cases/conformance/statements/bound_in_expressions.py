"""Names that an expression reads before and after it binds them by `:=`."""


def three(a: object, b: object, c: object) -> tuple[object, object, object]:
    return a, b, c


def numbers(x: int) -> list[object]:
    found: list[object] = [x + (x := 5), x]
    found.append([x, (x := 2), x])
    found.append(three(x, (x := x + 1), x))
    found.append((x < (x := 10), x))
    found.append({x: (x := 2), -x: x + 1})
    x += (x := 10)
    found.append(x)
    return found


def texts(s: str) -> str:
    return s + (s := "b") + s


def lists(xs: list[int]) -> list[list[int]]:
    first = xs
    xs.append(len(xs := [5, 6]))
    return [first, xs]


def usual(words: list[str]) -> list[str]:
    lengths = [f"{word}{size}" for word in words if (size := len(word)) > 1]
    while (word := words[-1]) != "a" and len(words) > 1:
        words.pop()
    if (last := word) and last == word:
        lengths.append(last)
    return lengths


def run() -> str:
    return f"{numbers(1)} {numbers(7)} {texts('a')} {lists([1])} {usual(['a', 'bc', 'def'])}"
