"""Constants computed when the module is imported."""

__all__ = ["PRIMES", "SQUARES", "VOWELS", "cube"]

SQUARES = tuple(n * n for n in range(8))
VOWELS = "".join(chr(code) for code in range(ord("a"), ord("z")) if chr(code) in "aeiou")
PRIMES = [n for n in range(2, 40) if all(n % d for d in range(2, n))]
_HIDDEN = {name: len(name) for name in ("one", "three")}


def cube(number: int) -> int:
    return hidden_helper(number) * number


def hidden_helper(number: int) -> int:
    return number * number
