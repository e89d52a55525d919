"""`find`, `index`, `count`, `replace`, `startswith` with tuples, `strip`, prefixes, `in`."""


def positions(text: str, part: str) -> list[int]:
    found, start = [], text.find(part)
    while start != -1:
        found.append(start)
        start = text.find(part, start + 1)
    return found


def run() -> str:
    text = "banana bandana"
    lines = [f"{text.find('an')} {text.rfind('an')} {text.find('x')} {text.find('an', 2, 4)}"]
    lines.append(f"{positions(text, 'ana')} {text.count('ana')} {text.count('')} {''.count('')}")
    lines.append(f"{text.replace('an', 'AN', 2)} {'aaa'.replace('', '-')} {'aaa'.replace('a', '')}")
    lines.append(
        f"{text.startswith(('x', 'ban'))} {text.endswith('ana')} {text.startswith('na', 2)}"
    )
    lines.append(
        f"{'xxaxx'.strip('x')} {'xyxa'.lstrip('xy')} {'a..,'.rstrip('.,')} [{' a '.strip()}]"
    )
    lines.append(
        f"{'prefix-a'.removeprefix('prefix-')} {'a.py'.removesuffix('.py')} {'a'.removeprefix('b')}"
    )
    lines.append(f"{'' in text} {'nan' in text} {'nab' not in text} {text.index('band')}")
    lines.append(
        f"{'abc' < 'abd'} {'Z' < 'a'} {'a' < 'aa'} {max('hello')} {min('hello')} {'é' > 'z'}"
    )
    lines.append(f"{'ab' * 3} {'ab' * 0!r} {'ab' * -1!r} {'a' + 'bc'}")
    try:
        text.index("q")
    except ValueError as error:
        lines.append(str(error))
    lines.append(f"{text.find('')} {text.find('', 20)} {text.rfind('')} {len(text)}")
    return "\n".join(lines)
