from collections import deque
from typing import Final

from scm import nat, state, update

TABLE: Final = {"a": 1}
NAMES = ["a", "b"]
PAIRS = (("a", 1), ("b", 2))
cache = {}  ## E: module-state `cache`
log: list[str] = []  ## E: module-state `log`
recent = deque()  ## E: module-state `recent`
count = 0  ## E: module-state `count`
matrix = [[0]]  ## E: module-state `matrix`


class Settings:
    limit = 1


settings = Settings()  ## E: module-state `settings`


@state
class State:
    total: nat = 0


@update
def change(state: State, key: nat) -> None:
    global count
    count += 1
    cache[key] = key
    log.append("x")
    recent.appendleft(1)
    matrix[0][0] = 1
    settings.limit = 2
    state.total += TABLE["a"] + len(NAMES) + len(PAIRS)


@update
def fresh(state: State, key: nat) -> None:
    global made  ## E: module-state `global made`
    made = key


def local(state: State) -> None:
    NAMES = []
    NAMES.append("c")
    TABLE = {}
    TABLE["b"] = 1
