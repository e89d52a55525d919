"""Requests with something changed are refused, and nothing else happens."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.unit.network.hostile import HostileRequests, check
from tests.unit.network.scene import Scene

from scm.model import Principal


@pytest.mark.parametrize("seed", range(6))
def test_changed_requests(scene: Scene, counter: Principal, seed: int) -> None:
    requests = HostileRequests(scene, counter, seed)
    statuses = Counter(check(scene, requests.next()).status for _ in range(100))
    # Some are still good; most are not.
    assert statuses[200] > 0
    assert statuses[400] > statuses[200]
    assert scene.call(counter, "add")["status"] == b"replied"
