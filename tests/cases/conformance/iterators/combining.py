"""`chain`, `zip_longest`, `product`, `accumulate`, `pairwise`, `starmap`, `tee`, `compress`."""

from itertools import accumulate, chain, compress, pairwise, product, starmap, tee, zip_longest
from operator import mul


def run() -> str:
    lines = [str(list(chain("ab", [1], (), {"k": 2})))]
    lines.append(str(list(chain.from_iterable([[1, 2], [], [3]]))))
    lines.append(str(list(zip_longest("abc", [1], fillvalue="-"))))
    lines.append(str(["".join(p) for p in product("ab", "xyz")]))
    lines.append(str(list(product([0, 1], repeat=3))[1::3]) + str(list(product())))
    lines.append(f"{list(accumulate([1, 2, 3, 4]))} {list(accumulate([1, 2, 3, 4], mul))}")
    lines.append(f"{list(accumulate('abc'))} {list(accumulate([3, 1, 4, 1, 5], max, initial=2))}")
    lines.append(f"{list(pairwise('abcd'))} {list(pairwise([1]))}")
    lines.append(
        f"{list(starmap(pow, [(2, 5), (3, 2)]))} {list(compress('abcdef', [1, 0, 1, 0, 0, 1]))}"
    )
    first, second = tee(iter([1, 2, 3]))
    lines.append(f"{next(first)} {next(first)} {list(second)} {list(first)}")
    table = [[1, 2, 3], [4, 5, 6]]
    lines.append(str([list(column) for column in zip(*table, strict=True)]))
    try:
        list(zip([1], [1, 2], strict=True))
    except ValueError as error:
        lines.append(str(error))
    return "\n".join(lines)
