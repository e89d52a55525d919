"""Text processing."""


def string():
    import string

    text = string.Template("$who pays ${amount}").substitute(who="Ann", amount=3)
    return repr(
        [text, string.capwords("a b"), string.Formatter().format("{:>4}", 5), string.digits]
    )


def re():
    import re

    found = re.findall(r"(?P<k>\w+)=(\d+)", "a=1, b=22")
    return repr([found, re.sub("[aeiou]", lambda m: m[0].upper(), "vowels"), re.split(",", "a,b")])


def difflib():
    import difflib

    lines = list(difflib.unified_diff(["a", "b"], ["a", "c"], lineterm=""))
    return f"{lines} {difflib.get_close_matches('appel', ['ape', 'apple'])}"


def textwrap():
    import textwrap

    return repr(textwrap.wrap("the quick brown fox", 10)) + textwrap.dedent("  a\n  b")


def unicodedata():
    import unicodedata

    return repr(
        [
            unicodedata.name("é"),
            ascii(unicodedata.normalize("NFD", "é")),
            unicodedata.east_asian_width("漢"),
        ]
    )


def stringprep():
    import stringprep

    return f"{stringprep.in_table_c12(chr(0xA0))} {stringprep.map_table_b2('ß')}"


def rlcompleter():
    """completes names; there is no `readline` to do it with"""
    import rlcompleter

    completer = rlcompleter.Completer({"apple": 1, "apply": 2})
    return f"{completer.complete('app', 0)} {completer.complete('app', 1)}"
