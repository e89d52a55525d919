"""Words of Candid text, shared by the parsers of interfaces and of values.

Host only.  Candid spec, "Core Grammar" and "Textual Syntax for Values".
"""

from __future__ import annotations

import re
from textwrap import dedent
from typing import Final, Literal

from attrs import frozen

from scm.candid.errors import CandidSyntaxError

TokenKind = Literal["word", "text", "number", "symbol", "end"]

_SYMBOLS: Final = ("->", "==", "!=", "!:", *"{}();:,=.")
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "'": "'"}
_HEX: Final = "0123456789abcdefABCDEF"
NOT_FINITE: Final = ("inf", "NaN")
"""Floats that Candid has no text for, in the words that the Rust library prints."""

_DECIMAL_DIGITS: Final = "[0-9]+(?:_[0-9]+)*"
_HEX_DIGITS: Final = "[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*"
_NUMBER: Final = re.compile(
    rf"[+-]?0[xX]{_HEX_DIGITS}(?:\.(?:{_HEX_DIGITS})?)?(?:[pP][+-]?{_DECIMAL_DIGITS})?"
    rf"|[+-]?{_DECIMAL_DIGITS}(?:\.(?:{_DECIMAL_DIGITS})?)?(?:[eE][+-]?{_DECIMAL_DIGITS})?"
    r"|[+-]inf(?![A-Za-z0-9_])"
)
DECIMAL_DIGITS_MAX: Final = 100_000
"""Of an integer: reading decimals takes more than linear time."""

_CHUNK_DIGITS: Final = 640  # CPython's own limit can't be set lower.
_SHOWN_MAX: Final = 60


@frozen
class Token:
    """One word: `text` as written, for text literals the bytes that they stand for in `raw`.

    `doc` is the text of the comments directly above, without their marks.
    """

    kind: TokenKind
    text: str
    line: int
    column: int
    raw: bytes = b""
    doc: str = ""

    def error(self, message: str) -> CandidSyntaxError:
        """An error at this place, for the caller to raise."""
        return CandidSyntaxError(self.line, self.column, message)

    def shown(self) -> str:
        """The token for a message; a long one is cut off."""
        if self.kind == "end":
            return "the end of the text"
        cut = self.text if len(self.text) <= _SHOWN_MAX else f"{self.text[:_SHOWN_MAX]}..."
        return f"`{cut}`"


def read_tokens(source: str) -> list[Token]:
    """Split a text into tokens; the last one has the kind `end`.

    Raises `CandidSyntaxError` on a character or literal that is no Candid.
    """
    lexer = _Lexer(source)
    tokens = [lexer.next_token()]
    while tokens[-1].kind != "end":
        tokens.append(lexer.next_token())
    return tokens


@frozen
class _Comment:
    """A comment as written, with the lines that it begins and ends on."""

    text: str
    first_line: int
    last_line: int


class _Lexer:
    def __init__(self, source: str) -> None:
        self._source: Final = source
        self._at = 0
        self._line = 1
        self._line_start = 0
        self._token_line = 0  # Where the token before ended.
        self._doc = ""

    def next_token(self) -> Token:
        self._doc = self._skip_space()
        source, at = self._source, self._at
        if at == len(source):
            return self._token("end", at)
        letter = source[at]
        if letter == '"':
            return self._text()
        if letter == "_" or (letter.isascii() and letter.isalpha()):
            return self._token("word", self._while(at, _is_word_letter))
        number = _NUMBER.match(source, at)
        if number:
            return self._token("number", self._number_end(number.end()))
        for symbol in _SYMBOLS:
            if source.startswith(symbol, at):
                return self._token("symbol", at + len(symbol))
        raise self._error(at, f"unexpected character {letter!r}")

    def _error(self, at: int, message: str) -> CandidSyntaxError:
        return CandidSyntaxError(self._line, at - self._line_start + 1, message)

    def _token(self, kind: TokenKind, end: int, raw: bytes = b"") -> Token:
        start = self._at
        column = start - self._line_start + 1
        token = Token(kind, self._source[start:end], self._line, column, raw, self._doc)
        self._move(end)
        self._token_line = self._line
        return token

    def _move(self, end: int) -> None:
        newlines = self._source.count("\n", self._at, end)
        if newlines:
            self._line += newlines
            self._line_start = self._source.rindex("\n", self._at, end) + 1
        self._at = end

    def _while(self, at: int, accepts: object) -> int:
        assert callable(accepts)
        while at < len(self._source) and accepts(self._source[at]):
            at += 1
        return at

    def _skip_space(self) -> str:
        """Move to the next token, and return what the comments directly above it say.

        A comment that begins behind a token is about that one, and about none here.
        """
        source = self._source
        comments: list[_Comment] = []
        while self._at < len(source):
            start, line = self._at, self._line
            if source[start].isspace():
                self._move(self._while(start, str.isspace))
                continue
            if source.startswith("//", start):
                newline = source.find("\n", start)
                self._move(newline if newline >= 0 else len(source))
            elif source.startswith("/*", start):
                self._move(self._comment_end())
            else:
                break
            if line > self._token_line:
                comments.append(_Comment(source[start : self._at], line, self._line))
        return _directly_above(self._line, comments) if comments else ""

    def _comment_end(self) -> int:
        """The place after a block comment; they nest."""
        at = self._at
        depth = 0
        while True:
            opening = self._source.find("/*", at)
            closing = self._source.find("*/", at)
            if closing < 0:
                raise self._error(self._at, "the comment is not closed")
            if 0 <= opening < closing:
                depth += 1
                at = opening + 2
            else:
                depth -= 1
                at = closing + 2
            if depth == 0:
                return at

    def _number_end(self, at: int) -> int:
        """The end of a number, `at`, at which no letter, digit or `_` may follow."""
        if at < len(self._source) and _is_word_letter(self._source[at]):
            raise self._error(at, f"unexpected character {self._source[at]!r} in a number")
        return at

    def _text(self) -> Token:
        source = self._source
        raw = bytearray()
        at = self._at + 1
        while True:
            stop = at
            while stop < len(source) and source[stop] not in '"\\':
                stop += 1
            if stop == len(source):
                raise self._error(self._at, "the text is not closed")
            raw += source[at:stop].encode()
            if source[stop] == '"':
                return self._token("text", stop + 1, bytes(raw))
            escaped, at = self._escape(stop)
            raw += escaped

    def _escape(self, at: int) -> tuple[bytes, int]:
        """The bytes of the escape sequence at a backslash, and the place after it."""
        source = self._source
        letter = source[at + 1 : at + 2]
        if letter in _ESCAPES:
            return _ESCAPES[letter].encode(), at + 2
        if letter == "u" and source[at + 2 : at + 3] == "{":
            end = source.find("}", at)
            digits = source[at + 3 : end].replace("_", "")
            if end >= 0 and digits and all(digit in _HEX for digit in digits):
                return self._letter(at, int(digits, 16)).encode(), end + 1
        pair = source[at + 1 : at + 3]
        if len(pair) == 2 and all(digit in _HEX for digit in pair):
            return bytes([int(pair, 16)]), at + 3
        raise self._error(at, "unknown escape sequence")

    def _letter(self, at: int, number: int) -> str:
        if 0xD800 <= number <= 0xDFFF:
            raise self._error(at, f"`\\u{{{number:x}}}` is a surrogate, no Unicode scalar value")
        if number > 0x10FFFF:
            raise self._error(at, "Unicode has no scalar value above `\\u{10ffff}`")
        return chr(number)


def _directly_above(line: int, comments: list[_Comment]) -> str:
    """The text of the comments that lead up to a line with no empty line between."""
    parts: list[str] = []
    for comment in reversed(comments):
        if comment.last_line < line - 1:
            break
        parts.insert(0, _comment_text(comment.text))
        line = comment.first_line
    return "\n".join(parts).strip("\n")


def _comment_text(comment: str) -> str:
    if comment.startswith("//"):
        return comment.lstrip("/").removeprefix(" ").rstrip()
    lines = comment[2:-2].strip("*").splitlines()
    starred = all(line.lstrip().startswith("*") for line in lines[1:] if line.strip())
    rest = [line.lstrip().removeprefix("*") if starred else line for line in lines[1:]]
    return "\n".join([*(line.strip() for line in lines[:1]), dedent("\n".join(rest))]).rstrip()


def _is_word_letter(letter: str) -> bool:
    return letter == "_" or (letter.isascii() and letter.isalnum())


class TokenReader:
    """A cursor over tokens with the small steps that parsers are made of."""

    def __init__(self, source: str) -> None:
        self._tokens: Final = read_tokens(source)
        self._at = 0

    @property
    def token(self) -> Token:
        """The token to read next."""
        return self._tokens[self._at]

    def ahead(self) -> Token:
        """The token after the next."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def take(self) -> Token:
        """Read a token."""
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def at(self, text: str) -> bool:
        """Whether the next token is this word or symbol."""
        return self.token.kind in ("word", "symbol") and self.token.text == text

    def at_end(self) -> bool:
        """Whether all is read."""
        return self.token.kind == "end"

    def accept(self, text: str) -> bool:
        """Read this word or symbol if it is next."""
        found = self.at(text)
        if found:
            self.take()
        return found

    def expect(self, text: str) -> Token:
        """Read this word or symbol; raises `CandidSyntaxError` if something else is next."""
        if not self.at(text):
            raise self.token.error(f"expected `{text}`, got {self.token.shown()}")
        return self.take()

    def name(self) -> str:
        """Read a name: a word or a quoted text."""
        token = self.take()
        if token.kind == "text":
            return text_of(token)
        if token.kind != "word":
            raise token.error(f"expected a name, got {token.shown()}")
        return token.text


def text_of(token: Token) -> str:
    """The text of a literal; raises `CandidSyntaxError` if its escapes don't make UTF-8."""
    try:
        return token.raw.decode()
    except UnicodeDecodeError:
        raise token.error("the text is not valid UTF-8") from None


def natural_of(token: Token) -> int:
    """The natural number of a token, decimal or hexadecimal, with single `_` between digits."""
    number = integer_of(token)
    if number is None or number < 0:
        raise token.error(f"expected a natural number, got {token.shown()}")
    return number


def integer_of(token: Token) -> int | None:
    """The integer of a token, or None if it is none.

    Raises `CandidSyntaxError` on more than `DECIMAL_DIGITS_MAX` decimal digits.
    """
    digits = token.text.replace("_", "").lstrip("+-")
    sign = -1 if token.text.startswith("-") else 1
    if token.kind != "number":
        return None
    if digits[:2] in ("0x", "0X") and not set(digits[2:]) - set(_HEX):
        return sign * int(digits, 16)
    if not digits.isdecimal():
        return None
    if len(digits) > DECIMAL_DIGITS_MAX:
        raise token.error(
            f"a decimal integer has at most {DECIMAL_DIGITS_MAX:,} digits, got {len(digits):,};"
            " write it in hexadecimal"
        )
    return sign * _read_decimal(digits)


def _read_decimal(digits: str) -> int:
    """`int(digits)`, which CPython refuses for thousands of digits, as its way is quadratic."""
    if len(digits) <= _CHUNK_DIGITS:
        return int(digits)
    low = len(digits) // 2
    scale: int = 10**low
    return _read_decimal(digits[:-low]) * scale + _read_decimal(digits[-low:])
