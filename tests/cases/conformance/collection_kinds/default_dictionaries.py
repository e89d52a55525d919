"""`defaultdict`: factories, nested ones, access that creates and access that does not."""

from collections import defaultdict


def group(pairs: list[tuple[str, int]]) -> dict[str, list[int]]:
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for name, number in pairs:
        groups[name].append(number)
    return dict(groups)


def run() -> str:
    lines = [str(group([("a", 1), ("b", 2), ("a", 3)]))]
    counts: defaultdict[str, int] = defaultdict(int)
    for letter in "hello":
        counts[letter] += 1
    lines.append(f"{dict(counts)} {'q' in counts} {counts.get('q')} {counts['q']} {'q' in counts}")
    nested: defaultdict[str, defaultdict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    nested["x"]["y"].add(1)
    nested["x"]["y"].add(1)
    nested["x"]["z"] |= {5}
    lines.append(str({key: dict(value) for key, value in nested.items()}))
    fixed = defaultdict(lambda: "none", {"k": "v"})
    lines.append(f"{fixed['k']} {fixed['m']} {len(fixed)} {sorted(fixed)}")
    plain: defaultdict[str, int] = defaultdict()
    try:
        plain["x"]
    except KeyError as error:
        lines.append(f"KeyError {error}")
    counts.default_factory = None
    lines.append(f"{counts.pop('h')} {counts == {'e': 1, 'l': 2, 'o': 1, 'q': 0}}")
    return "\n".join(lines)
