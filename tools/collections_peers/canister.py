"""The same methods as `collections.mo`, for scm.

Keys come from a generator of random numbers, all different in its period of 2^48.  The loops of
`..._keys` and `..._entries` are those of the other methods with nothing in them.
"""

from scm import (
    Principal,
    StableBlob,
    StableList,
    StableMap,
    blob,
    nat,
    nat64,
    record,
    state,
    text,
    update,
)


@record
class User:
    name: text
    amount: nat
    flag: bool


@state
class Kept:
    numbers: StableMap[nat64, nat64] = StableMap()
    users: StableMap[text, User] = StableMap()
    balances: StableMap[Principal, nat] = StableMap()
    items: StableList[nat64] = StableList()
    content: StableBlob = StableBlob()
    chunks: StableMap[nat64, blob] = StableMap()


def after(seed: int) -> int:
    return (seed * 25_214_903_917 + 11) & 0xFFFF_FFFF_FFFF


def name_of(number: int) -> str:
    return number.to_bytes(8, "big").hex()


def owner_of(number: int) -> Principal:
    return Principal(number.to_bytes(8, "big") + b"\x01\x01")


@update
def nothing(kept: Kept) -> nat64:
    return 0


@update
def numbers_keys(kept: Kept, seed: nat64, count: nat64) -> nat64:
    for _ in range(count):
        seed = after(seed)
    return seed


@update
def numbers_entries(kept: Kept, seed: nat64, count: nat64, more: nat64) -> nat64:
    value = 0
    for _ in range(count):
        seed = after(seed)
        value = seed + more
    return value


@update
def numbers_put(kept: Kept, seed: nat64, count: nat64, more: nat64) -> nat64:
    numbers = kept.numbers
    for _ in range(count):
        seed = after(seed)
        numbers[seed] = seed + more
    return len(numbers)


@update
def numbers_get(kept: Kept, seed: nat64, count: nat64) -> nat64:
    numbers = kept.numbers
    total = 0
    for _ in range(count):
        seed = after(seed)
        total ^= numbers[seed]
    return total


@update
def numbers_delete(kept: Kept, seed: nat64, count: nat64) -> nat64:
    numbers = kept.numbers
    for _ in range(count):
        seed = after(seed)
        del numbers[seed]
    return len(numbers)


@update
def numbers_scan(kept: Kept) -> nat64:
    total = 0
    for _key, value in kept.numbers.items():  # noqa: PERF102  (Items are to be measured.)
        total ^= value
    return total


@update
def numbers_values(kept: Kept) -> nat64:
    total = 0
    for value in kept.numbers.values():
        total ^= value
    return total


@update
def numbers_digest(kept: Kept) -> nat64:
    digest = 0
    for key, value in kept.numbers.items():
        digest = (digest * 31 + key * 7 + value) & 0xFFFF_FFFF_FFFF
    return digest


@update
def users_keys(kept: Kept, seed: nat64, count: nat64) -> nat64:
    key = ""
    for _ in range(count):
        seed = after(seed)
        key = name_of(seed)
    return len(key)


@update
def users_entries(kept: Kept, seed: nat64, count: nat64, more: nat64) -> nat64:
    user = User("", 0, False)
    for _ in range(count):
        seed = after(seed)
        name = name_of(seed)
        user = User(name, seed + more, seed % 2 == 0)
    return user.amount


@update
def users_put(kept: Kept, seed: nat64, count: nat64, more: nat64) -> nat64:
    users = kept.users
    for _ in range(count):
        seed = after(seed)
        name = name_of(seed)
        users[name] = User(name, seed + more, seed % 2 == 0)
    return len(users)


@update
def users_get(kept: Kept, seed: nat64, count: nat64) -> nat64:
    users = kept.users
    total = 0
    for _ in range(count):
        seed = after(seed)
        total ^= users[name_of(seed)].amount
    return total


@update
def users_delete(kept: Kept, seed: nat64, count: nat64) -> nat64:
    users = kept.users
    for _ in range(count):
        seed = after(seed)
        del users[name_of(seed)]
    return len(users)


@update
def users_scan(kept: Kept) -> nat64:
    total = 0
    for _name, user in kept.users.items():  # noqa: PERF102  (Items are to be measured.)
        total ^= user.amount
    return total


@update
def users_values(kept: Kept) -> nat64:
    total = 0
    for user in kept.users.values():
        total ^= user.amount
    return total


@update
def users_digest(kept: Kept) -> nat64:
    digest = 0
    for name, user in kept.users.items():
        value = user.amount + len(name) + len(user.name) + (1 if user.flag else 0)
        digest = (digest * 31 + value) & 0xFFFF_FFFF_FFFF
    return digest


@update
def balances_keys(kept: Kept, seed: nat64, count: nat64) -> nat64:
    key = owner_of(seed)
    for _ in range(count):
        seed = after(seed)
        key = owner_of(seed)
    return len(key.raw)


@update
def balances_entries(kept: Kept, seed: nat64, count: nat64, more: nat64) -> nat64:
    value = 0
    for _ in range(count):
        seed = after(seed)
        owner_of(seed)
        value = seed + more
    return value


@update
def balances_put(kept: Kept, seed: nat64, count: nat64, more: nat64) -> nat64:
    balances = kept.balances
    for _ in range(count):
        seed = after(seed)
        balances[owner_of(seed)] = seed + more
    return len(balances)


@update
def balances_get(kept: Kept, seed: nat64, count: nat64) -> nat64:
    balances = kept.balances
    total = 0
    for _ in range(count):
        seed = after(seed)
        total ^= balances[owner_of(seed)]
    return total


@update
def balances_delete(kept: Kept, seed: nat64, count: nat64) -> nat64:
    balances = kept.balances
    for _ in range(count):
        seed = after(seed)
        del balances[owner_of(seed)]
    return len(balances)


@update
def balances_scan(kept: Kept) -> nat64:
    total = 0
    for _owner, value in kept.balances.items():  # noqa: PERF102  (Items are to be measured.)
        total ^= value
    return total


@update
def balances_values(kept: Kept) -> nat64:
    total = 0
    for value in kept.balances.values():
        total ^= value
    return total


@update
def balances_digest(kept: Kept) -> nat64:
    digest = 0
    for owner, value in kept.balances.items():
        digest = (digest * 31 + len(owner.raw) + value) & 0xFFFF_FFFF_FFFF
    return digest


@update
def items_append(kept: Kept, seed: nat64, count: nat64) -> nat64:
    items = kept.items
    for _ in range(count):
        seed = after(seed)
        items.append(seed)
    return len(items)


@update
def items_get(kept: Kept, seed: nat64, count: nat64) -> nat64:
    items = kept.items
    size = len(items)
    total = 0
    for _ in range(count):
        seed = after(seed)
        total ^= items[seed % size]
    return total


@update
def items_indices(kept: Kept, seed: nat64, count: nat64) -> nat64:
    size = len(kept.items)
    index = 0
    for _ in range(count):
        seed = after(seed)
        index = seed % size
    return index


@update
def items_scan(kept: Kept) -> nat64:
    total = 0
    for value in kept.items:
        total ^= value
    return total


@update
def loops(kept: Kept, count: nat64) -> nat64:
    total = 0
    for _ in range(count):
        total = 0
    return total


@update
def joins(kept: Kept, value: nat64, count: nat64) -> nat64:
    """With `loops` taken off: what the others do with each value that they find.

    A sum would outgrow what both languages have compact numbers for.
    """
    total = value // 3
    for _ in range(count):
        total ^= value
    return total


@update
def ascending_put(kept: Kept, first: nat64, count: nat64) -> nat64:
    numbers = kept.numbers
    for number in range(first, first + count):
        numbers[number] = number
    return len(numbers)


@update
def ascending_get(kept: Kept, seed: nat64, count: nat64) -> nat64:
    numbers = kept.numbers
    size = len(numbers)
    total = 0
    for _ in range(count):
        seed = after(seed)
        total ^= numbers[seed % size]
    return total


@update
def ascending_keys(kept: Kept, seed: nat64, count: nat64) -> nat64:
    size = len(kept.numbers)
    key = 0
    for _ in range(count):
        seed = after(seed)
        key = seed % size
    return key


@update
def content_add(kept: Kept, size: nat64) -> nat64:
    kept.content.append(b"x" * size)
    return len(kept.content)


@update
def chunks_add(kept: Kept, size: nat64, count: nat64) -> nat64:
    for _ in range(count):
        kept.chunks[len(kept.chunks)] = b"x" * size
    return len(kept.chunks)


@update
def chunks_get(kept: Kept, seed: nat64, count: nat64) -> nat64:
    chunks = kept.chunks
    size = len(chunks)
    total = 0
    for _ in range(count):
        seed = after(seed)
        total ^= len(chunks[seed % size])
    return total


@update
def chunks_keys(kept: Kept, seed: nat64, count: nat64) -> nat64:
    size = len(kept.chunks)
    key = 0
    for _ in range(count):
        seed = after(seed)
        key = seed % size
    return key
