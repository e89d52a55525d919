"""`else` of `for` and `while`: after the end, not after `break`, nested, with `continue`."""


def find(values: list[int], wanted: int) -> str:
    for index, value in enumerate(values):
        if value - index == wanted - index:
            break
    else:
        return "absent"
    return f"at {index}"


def primes(limit: int) -> list[int]:
    found: list[int] = []
    for number in range(2, limit):
        for divisor in found:
            if number % divisor == 0:
                break
        else:
            found.append(number)
    return found


def halvings(number: int, limit: int) -> str:
    steps = 0
    while number > 1:
        if steps == limit:
            break
        number //= 2
        steps += 1
        if number % 2:
            continue
    else:
        return f"done in {steps}"
    return f"gave up at {number}"


def empty_loops() -> list[str]:
    log = []
    for _ in []:
        log.append("never")  # noqa: PERF401
    else:
        log.append("for")
    while False:
        log.append("never")
    else:
        log.append("while")
    return log


def run() -> str:
    lines = [find([4, 5, 6], 6), find([4], 9), find([], 1), str(primes(40))]
    lines += [halvings(100, 10), halvings(100, 3), halvings(1, 0), str(empty_loops())]
    return "\n".join(lines)
