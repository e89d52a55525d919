"""The standard library inside a canister: C modules, and modules as bytecode."""

import base64
import bisect
import collections
import datetime
import decimal
import enum
import fractions
import hashlib
import heapq
import json
import random
import re
import statistics
import textwrap

from scm import blob, float64, nat, query, text


@query
def sort_json(document: text) -> text:
    return json.dumps(json.loads(document), sort_keys=True)


@query
def third(number: text) -> text:
    return str(decimal.Decimal(number) / 3)


@query
def fraction(numerator: nat, denominator: nat) -> text:
    return str(fractions.Fraction(numerator, denominator))


@query
def weekday(date: text) -> text:
    return datetime.datetime.strptime(date, "%Y-%m-%d").strftime("%A")


@query
def date_of(seconds: nat) -> text:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat()


@query
def digits(line: text) -> list[text]:
    return re.findall(r"\d+", line)


@query
def sha256(message: blob) -> text:
    return hashlib.sha256(message).hexdigest()


@query
def to_base64(message: blob) -> text:
    return base64.b64encode(message).decode()


@query
def median(numbers: list[float64]) -> float64:
    return statistics.median(numbers)


@query
def wrap(line: text) -> list[text]:
    return textwrap.wrap(line, 10)


@query
def most_common(letters: text) -> text:
    return collections.Counter(letters).most_common(1)[0][0]


@query
def smallest(numbers: list[nat]) -> list[nat]:
    found = heapq.nsmallest(2, numbers)
    bisect.insort(found, 5)
    return found


@query
def shuffled(count: nat) -> list[nat]:
    numbers = [*range(count)]
    random.Random(7).shuffle(numbers)
    return numbers


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@query
def colour(number: nat) -> text:
    return Colour(number).name
