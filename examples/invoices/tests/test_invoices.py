from pathlib import Path

import pytest

from scm.testing.building import install_canister
from scm.testing.client import RejectError

pytestmark = pytest.mark.toolchain

PROJECT = Path(__file__).parents[1]


@pytest.fixture
def invoices(replica, build_canister):
    return install_canister(replica, build_canister(PROJECT))


def test_invoice_is_rendered(invoices):
    assert invoices.add("Ann & Co", {"name": "tea", "count": 2, "price": 5}) == 1
    assert invoices.add("Ann & Co", {"name": "milk", "count": 1, "price": 3}) == 2
    assert invoices.render("Ann & Co") == (
        "<h1>Ann &amp; Co</h1>\n<p>milk     1 x 3 = 3</p>\n<p>tea      2 x 5 = 10</p>\n<b>13</b>"
    )


def test_a_line_is_checked(invoices):
    with pytest.raises(RejectError, match="'count' must be > 0: 0"):
        invoices.add("Bob", {"name": "tea", "count": 0, "price": 5})
    assert "<p>" not in invoices.render("Bob")
