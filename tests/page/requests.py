"""Requests to the page, as a browser on this machine sends them, without a socket."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from attrs import frozen
from tests.unit.network.scene import Answer, ManualClock, Scene, ask

from scm.model import Principal
from scm.network.server import make_app
from scm.page.routes import Page
from scm.page.upgrades import Upgrades

HOST = "127.0.0.1:4943"
Headers = dict[str, Any]


@frozen
class Browser:
    """Requests as a browser on this machine sends them, but for what a test says."""

    scene: Scene
    app: Any
    token: str

    def ask(self, method: str, path: str, body: bytes = b"", **changed: str | None) -> Answer:
        headers: dict[str, str | None] = {"host": HOST, "x_scm_token": self.token}
        if method == "POST":
            headers |= {"content_type": "application/json", "origin": f"http://{HOST}"}
        sent: Sequence[tuple[bytes, bytes]] = [
            (name.replace("_", "-").encode(), value.encode())
            for name, value in (headers | changed).items()
            if value is not None
        ]
        return self.scene.runner.run(ask(self.app, method, path, body, sent))

    def post(self, path: str, fields: object, **changed: str | None) -> Answer:
        return self.ask("POST", f"/_scm/{path}", json.dumps(fields).encode(), **changed)

    def state(self) -> dict[str, Any]:
        found = json.loads(self.ask("GET", "/_scm/state").body)
        assert isinstance(found, dict)
        return found


@contextmanager
def open_browser(folder: Path) -> Iterator[Browser]:
    """A network with the page, in `folder`."""
    with Scene.start(folder / "state", ManualClock()) as scene:
        page = Page(scene.worker, Upgrades(scene.worker, Principal.anonymous(), [], Lock()))
        app = make_app(scene.worker, scene.core.keys, clock=scene.clock, routes=page.routes())
        yield Browser(scene, app, page.token)
