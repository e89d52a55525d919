"""Roman numerals in both directions, with checks; numbers in English words."""

VALUES = {
    1000: "M", 900: "CM", 500: "D", 400: "CD", 100: "C", 90: "XC",
    50: "L", 40: "XL", 10: "X", 9: "IX", 5: "V", 4: "IV", 1: "I",
}  # fmt: skip
LETTERS = {letters: value for value, letters in VALUES.items() if len(letters) == 1}
ONES = "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
TENS = ["", "", "twenty", "thirty", "forty", "fifty"]


def to_roman(number: int) -> str:
    if not 0 < number < 4000:
        raise ValueError(f"{number} has no numeral")
    out = ""
    for value, letters in VALUES.items():
        count, number = divmod(number, value)
        out += letters * count
    return out


def from_roman(text: str) -> int:
    values = [LETTERS[letter] for letter in text.upper()]
    total = sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )
    if to_roman(total) != text.upper():
        raise ValueError(f"{text} is not canonical")
    return total


def words(number: int) -> str:
    if number < len(ONES):
        return ONES[number]
    tens, ones = divmod(number, 10)
    return TENS[tens] + (f"-{ONES[ones]}" if ones else "")


def run() -> str:
    numbers = (1, 4, 9, 14, 40, 90, 400, 1994, 2024, 3999)
    lines = [" ".join(to_roman(number) for number in numbers)]
    lines.append(str(all(from_roman(to_roman(number)) == number for number in range(1, 4000, 7))))
    for text in ("mcmxc", "IIX", "ABC", "IIII"):
        try:
            lines.append(str(from_roman(text)))
        except (ValueError, KeyError) as problem:
            lines.append(f"{type(problem).__name__} {problem}")
    for number in (0, 4000):
        try:
            to_roman(number)
        except ValueError as error:
            lines.append(str(error))
    lines.append(" ".join(words(number) for number in (0, 12, 20, 42, 59)))
    return "\n".join(lines)
