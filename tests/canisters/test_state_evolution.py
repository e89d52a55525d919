"""State of other, compatible types after an upgrade: read as the new code declares it."""

from __future__ import annotations

import pytest

from scm.candid.values import VariantValue
from scm.replica.errors import InstallError
from scm.testing.building import install_canister

pytestmark = pytest.mark.toolchain

BEFORE = """
from scm import nat, query, record, state, text, update, variant

@record
class Entry:
    name: text
    amount: nat

@variant
class Open:
    pass

@variant
class Closed:
    at: nat

@state
class Book:
    total: nat = 0
    entry: Entry = Entry("first", 1)
    entries: tuple[Entry, ...] = ()
    phase: Open | Closed = Open()
    note: text = "forgotten"

@update
def add(book: Book, name: text, amount: nat) -> None:
    book.entry = Entry(name, amount)
    book.entries = (*book.entries, book.entry)
    book.total += amount
    book.phase = Closed(amount)

@query
def total(book: Book) -> nat:
    return book.total
"""

AFTER = """
from scm import init, int_, nat, query, record, state, text, update, variant

@record
class Entry:
    amount: int_
    tag: text | None
    name: text

@variant
class Paused:
    pass

@variant
class Closed:
    at: int_
    by: text | None

@variant
class Open:
    pass

Phase = Paused | Closed | Open

LIMIT = 100

@state
class Book:
    owner: text | None
    phase: Phase = Paused()
    added: nat = LIMIT
    entries: tuple[Entry, ...] = ()
    entry: Entry = Entry(0, None, "none")
    total: int_ = 0

@init
def setup() -> Book:
    return Book(None)

@update
def add(book: Book, amount: int_) -> None:
    book.total += amount

@query
def total(book: Book) -> int_:
    return book.total

@query
def entries(book: Book) -> tuple[Entry, ...]:
    return (*book.entries, book.entry)

@query
def phase(book: Book) -> Phase:
    return book.phase

@query
def added(book: Book) -> nat:
    return book.added

@query
def owner(book: Book) -> text | None:
    return book.owner
"""


@pytest.fixture(scope="session")
def before(build_canister, write_project):
    return build_canister(write_project(BEFORE, name="book"))


@pytest.fixture(scope="session")
def after(build_canister, write_project):
    return build_canister(write_project(AFTER, name="book"))


@pytest.fixture
def book(replica, before, after):
    """A book with two entries, upgraded."""
    book = install_canister(replica, before)
    book.add("a", 3)
    book.add("b", 4)
    replica.install(book.canister_id, after, mode="upgrade")
    return book


def test_numbers_widen(book):
    assert book.total() == 7
    book.add(-10)
    assert book.total() == -3


def test_records_gain_optional_fields(book):
    first = {"name": "a", "amount": 3, "tag": None}
    second = {"name": "b", "amount": 4, "tag": None}
    assert book.entries() == [first, second, second]


def test_variants_gain_cases(book):
    assert book.phase() == VariantValue("Closed", {"at": 4, "by": None})


def test_new_fields_have_their_defaults(book):
    assert (book.added(), book.owner()) == (100, None)


def test_evolved_state_survives_the_next_upgrade(book, replica, after):
    book.add(-10)
    before = [book.total(), book.entries(), book.phase(), book.added()]
    replica.install(book.canister_id, after, mode="upgrade")
    assert [book.total(), book.entries(), book.phase(), book.added()] == before


def test_way_back_is_open_while_nothing_is_written_in_wider_types(book, replica, before, after):
    replica.install(book.canister_id, before, mode="upgrade")
    assert book.total() == 7
    book.add("c", 5)
    replica.install(book.canister_id, after, mode="upgrade")
    assert book.total() == 12


def test_way_back_is_refused_once_a_wider_value_is_written(book, replica, before):
    book.add(-10)
    with pytest.raises(InstallError, match="state field `total`"):
        replica.install(book.canister_id, before, mode="upgrade")
    assert book.total() == -3
