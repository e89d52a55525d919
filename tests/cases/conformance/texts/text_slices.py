"""Slices and indices of texts: negative, out of range, with steps; palindromes."""


def is_palindrome(text: str) -> bool:
    letters = [c.lower() for c in text if c.isalnum()]
    return letters == letters[::-1]


def windows(text: str, size: int) -> list[str]:
    return [text[i : i + size] for i in range(len(text) - size + 1)]


def longest_common(first: str, second: str) -> str:
    best = ""
    for start in range(len(first)):
        for end in range(start + len(best) + 1, len(first) + 1):
            if first[start:end] not in second:
                break
            best = first[start:end]
    return best


def run() -> str:
    text = "0123456789"
    lines = [
        f"{text[2:5]} {text[:3]} {text[-3:]} {text[:-8]} {text[::3]} {text[::-1]} {text[8:2:-2]}"
    ]
    lines.append(
        f"{text[5:2]!r} {text[100:]!r} {text[-100:2]} {text[3:100]} {text[-1]} {text[None:2]}"
    )
    lines.append(f"{text[7::-1]} {text[:7:-1]} {text[-2:-5:-1]} {text[slice(1, 9, 4)]}")
    for index in (10, -11):
        try:
            lines.append(text[index])
        except IndexError as error:
            lines.append(str(error))
    try:
        lines.append(text[::0])
    except ValueError as value_error:
        lines.append(str(value_error))
    lines.append(f"{is_palindrome('A man, a plan, a canal: Panama')} {is_palindrome('ab')}")
    lines.append(f"{windows('abcde', 3)} {longest_common('xabcdy', 'zzabcd')}")
    mixed = "aé日🦊"
    lines.append(f"{mixed[1:3]} {mixed[-1]} {mixed[:2]} {mixed[::2]}")
    return "\n".join(lines)
