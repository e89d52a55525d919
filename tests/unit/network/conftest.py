"""A network of its own for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.network.scene import Scene, counter_module

from scm.model import Principal


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with Scene.start(tmp_path / "state") as scene:
        yield scene


@pytest.fixture
def counter(scene: Scene) -> Principal:
    return scene.install(counter_module())
