"""`maketrans` and `translate`, `expandtabs`, `center`, `ljust`, `zfill`."""


def run() -> str:
    table = str.maketrans("abc", "xyz", "- ")
    lines = ["a-b c d".translate(table)]
    escapes: dict[str, str | int | None] = {"ï": "i", "&": "&amp;", "<": None, ">": 93}
    lines.append("naïve & <b>".translate(str.maketrans(escapes)))
    lines.append("abc".translate({97: 65, ord("b"): "BB", 99: None}))
    lines.append(str(sorted(str.maketrans("ab", "cd").items())))
    lines.append(f"[{TABBED.expandtabs()}] [{TABBED.expandtabs(4)}] [{TABBED.expandtabs(0)}]")
    lines.append(
        f"[{'ab'.center(7)}] [{'ab'.center(7, '*')}] [{'abc'.center(2)}] [{'ab'.ljust(5, '.')}]"
    )
    lines.append(
        f"[{'ab'.rjust(5)}] [{'-42'.zfill(6)}] [{'+1'.zfill(4)}] [{'x'.zfill(3)}] [{''.zfill(2)}]"
    )
    lines.append("".join(reversed("stressed")) + " " + "".join(sorted("sort me")))
    rot13 = str.maketrans("abcdefghijklmnopqrstuvwxyz", "nopqrstuvwxyzabcdefghijklm")
    lines.append(f"{'hello'.translate(rot13)} {'hello'.translate(rot13).translate(rot13)}")
    lines.append(str(list(enumerate("ab", start=5))) + str(list(zip("ab", "xyz", strict=False))))
    return "\n".join(lines)


TABBED = "a\tbc\tdef\n\tg"
