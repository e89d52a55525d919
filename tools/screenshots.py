"""Makes the pictures of the page for the documentation, by the scenario that is a test as well.

Run it as `tools/screenshots`.  It needs what `tests/page` needs: Node, and libraries for Chromium.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from tests.page.scenarios import run_upgrade

IMAGES: Final = Path(__file__).parents[1] / "docs" / "images"


def main() -> int:
    """Play the scenario, and leave its pictures in docs/images."""
    with tempfile.TemporaryDirectory() as folder:
        scene = Path(folder) / "scene"
        scene.mkdir()
        run_upgrade(scene, Path(folder), images=str(IMAGES))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
