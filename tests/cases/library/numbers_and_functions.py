"""Numbers and functions."""


def numbers():
    import numbers

    return f"{isinstance(1, numbers.Integral)} {isinstance(1.5, numbers.Rational)}"


def math():
    """the last digits of some functions are those of WASI's libc"""
    import math

    return repr(
        [
            math.comb(20, 5),
            math.isqrt(99),
            math.gcd(12, 18),
            math.floor(-1.5),
            format(math.sin(1), ".9f"),
            math.fsum([0.1] * 10),
        ]
    )


def cmath():
    import cmath

    return f"{cmath.sqrt(-4)} {cmath.phase(-1):.6f} {cmath.isclose(1j, 1j)}"


def decimal():
    import decimal

    with decimal.localcontext() as context:
        context.prec = 30
        third = decimal.Decimal(1) / 3
    price = decimal.Decimal("2.675").quantize(decimal.Decimal("0.01"), decimal.ROUND_HALF_EVEN)
    return repr([third, price, decimal.Decimal("1e3").to_eng_string(), decimal.Decimal(2).sqrt()])


def fractions():
    import fractions

    return repr(
        [
            fractions.Fraction(4, 6) + fractions.Fraction("0.5"),
            fractions.Fraction(0.1).limit_denominator(100),
        ]
    )


def random():
    """the same numbers in every canister and after every upgrade; seed a `Random` with what
    `raw_rand` of the management canister gives"""
    import random

    source = random.Random(b"what raw_rand gave")
    items = list(range(10))
    source.shuffle(items)
    return f"{items} {source.randrange(1000)} {source.choice('abc')} {source.gauss(0, 1):.6f}"


def statistics():
    import statistics

    values = [1.0, 5.0, 2.0, 8.0]
    return repr(
        [
            statistics.median(values),
            format(statistics.pstdev(values), ".9f"),
            statistics.quantiles(values),
            statistics.mode("aab"),
            format(statistics.NormalDist(0, 1).cdf(1), ".6f"),
        ]
    )


def itertools():
    import itertools

    pairs = list(itertools.pairwise("abc"))
    groups = [(key, len(list(group))) for key, group in itertools.groupby("aabcc")]
    return repr(
        [
            pairs,
            groups,
            list(itertools.accumulate([1, 2, 3])),
            list(itertools.combinations("abc", 2)),
        ]
    )


def functools():
    """what `lru_cache` keeps is dropped by an upgrade"""
    import functools

    calls = []

    @functools.lru_cache(maxsize=2)
    def square(number):
        calls.append(number)
        return number * number

    results = [square(3), square(3), functools.reduce(lambda a, b: a * b, [1, 2, 3, 4])]

    @functools.singledispatch
    def kind(value):
        return "other"

    kind.register(int, lambda value: "int")
    return repr(
        [
            results,
            calls,
            square.cache_info(),
            kind(1),
            kind(""),
            functools.partial(int, base=2)("101"),
        ]
    )


def operator():
    import operator

    return repr(
        [
            operator.itemgetter(1)("ab"),
            operator.attrgetter("real")(5),
            operator.methodcaller("upper")("a"),
            operator.index(True),
        ]
    )
