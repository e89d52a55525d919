"""Words of Candid's textual form: keywords, quoting.  Compiled into every canister."""

from typing import Final

from scm.candid.errors import CandidTypeError

KEYWORDS: Final = (
    *("null", "bool", "nat", "int", "nat8", "nat16", "nat32", "nat64"),
    *("int8", "int16", "int32", "int64", "float32", "float64", "text", "reserved", "empty"),
    *("opt", "vec", "record", "variant", "func", "service", "principal", "blob"),
    *("import", "type", "query", "oneway", "composite_query", "true", "false"),
)
_JOINERS: Final = "\u200c\u200d"
"""Parts of words in some scripts, and of emoji."""


def is_identifier(word: str) -> bool:
    """Whether a word needs no quotes: ASCII letters, digits, `_`, no keyword."""
    if not word or word in KEYWORDS or "0" <= word[0] <= "9":
        return False
    for letter in word:
        if letter != "_" and not (letter.isascii() and letter.isalnum()):
            return False
    return True


def quote_name(name: str) -> str:
    """A name as it stands in Candid text: bare if it is an identifier, else quoted."""
    return name if is_identifier(name) else quote_text(name)


def quote_text(text: str) -> str:
    """A text literal: `"`, `\\` and what can't be seen escaped, everything else as it is.

    A text may be a stranger's: characters that change how others are shown stay visible.
    """
    parts = ['"']
    for letter in text:
        if letter == '"' or letter == "\\":
            parts.append("\\" + letter)
        elif letter == "\n":
            parts.append("\\n")
        elif letter == "\r":
            parts.append("\\r")
        elif letter == "\t":
            parts.append("\\t")
        elif not letter.isprintable() and letter not in _JOINERS:
            parts.append(f"\\u{{{ord(letter):x}}}")
        else:
            parts.append(letter)
    parts.append('"')
    return "".join(parts)


def utf8_of(name: str) -> bytes:
    """A name's bytes on the wire; raises `CandidTypeError` if UTF-8 can't encode it."""
    try:
        return name.encode()
    except UnicodeEncodeError as error:
        letter = ascii(name[error.start])
        raise CandidTypeError(
            f"{name!a} can't be a name in Candid: {letter} is a surrogate, which UTF-8 has not"
        ) from error


def same_id(one: str, other: str, id: int, kind: str) -> str:
    """Why fields with these labels can't stand together in one `kind`: record or variant."""
    if one != other:
        return f"fields `{one}` and `{other}` of one {kind} have the same id, {id}"
    # A field without a name is no other than one whose name is empty: both have the id 0.
    hint = ', which is the id of the name `""` as well' if one == "0" else ""
    return f"one {kind} has the field `{one}` twice{hint}"
