"""Dict and set comprehensions: later keys win, order of insertion, unpacked pairs."""


def run() -> str:
    words = ["apple", "avocado", "beet", "cherry", "bean"]
    lines = [str({word: len(word) for word in words})]
    lines.append(str({word[0]: word for word in words}))
    lines.append(str({length: [w for w in words if len(w) == length] for length in (4, 5, 9)}))
    lines.append(str(sorted({word[0] for word in words})))
    lines.append(str({value: key for key, value in {"a": 1, "b": 2, "c": 1}.items()}))
    lines.append(str({n % 3 for n in range(100)} == {0, 1, 2}))
    lines.append(str({(x, y): x * y for x in (1, 2) for y in (3, 4) if x + y != 5}))
    lines.append(str({i: {j: i**j for j in range(3)} for i in (2, 10)}))
    lines.append(str({**{n: "n" for n in range(2)}, **{n: "m" for n in (1, 2)}}))  # noqa: C420
    lines.append(str({k: v for k, v in zip("abc", range(3), strict=True) if v}))
    empty = {n for n in range(0)}  # noqa: C416
    lines.append(f"{empty} { {n: n for n in empty} }")
    return "\n".join(lines)
