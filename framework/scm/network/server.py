"""A local network: the replica in its folder, behind HTTP on the loopback interface."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Final, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp

from scm.errors import ConfigurationError
from scm.network.core import Core, open_core
from scm.network.durable import FULL, reason_of
from scm.network.hosts import HostGuard
from scm.network.http_api import HttpApi
from scm.network.http_protocol import BoundedProtocol
from scm.network.journal_health import Tell, tell_nobody
from scm.network.keys import NetworkKeys
from scm.network.state_directory import StateDirectory
from scm.network.worker import Clock, Worker

LOOPBACK: Final = "127.0.0.1"
BACKLOG: Final = 1024
CONNECTIONS_MAX: Final = 2000
_HOST_HELP: Final = "`--host` takes an address of this machine, or a name that leads to one"

_Result = TypeVar("_Result")


def make_app(
    worker: Worker,
    keys: NetworkKeys,
    *,
    clock: Clock = time.time_ns,
    allowed_hosts: Collection[str] = (),
    routes: Sequence[BaseRoute] = (),
) -> ASGIApp:
    """The ASGI application: the IC's interface under `/api`, and `routes` beside it.

    `allowed_hosts`: names that it answers for, beside those of the loopback interface.
    """
    # Agents in pages of any origin may call canisters, as on the network.
    cross_origin = Middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"]
    )
    api = Mount("/api", routes=HttpApi(worker, keys, clock).routes(), middleware=[cross_origin])
    return HostGuard(Starlette(routes=[api, *routes]), allowed_hosts)


class LocalNetwork:
    """A network on this machine, from `start` to `stop`; as a context manager, between them.

    with LocalNetwork(Path(".scm/local/state"), port=0) as network:
        print(network.url)
    """

    def __init__(
        self,
        state_directory: Path,
        *,
        port: int = 0,
        host: str = LOOPBACK,
        clean: bool = False,
        cache_directory: Path | None = None,
        clock: Clock = time.time_ns,
        allowed_hosts: Collection[str] = (),
        on_round: Callable[[Core], None] | None = None,
        on_failure: Callable[[BaseException], None] | None = None,
        on_problem: Tell = tell_nobody,
        on_recovery: Tell = tell_nobody,
        make_routes: Callable[[Worker], Sequence[BaseRoute]] | None = None,
    ) -> None:
        """Take the folder and the port.

        `port` 0 takes a free one; `clean` deletes what the folder holds; `cache_directory`: where
        compiled modules are kept; `clock` gives nanoseconds since 1970; `on_round`, `on_failure`,
        `on_problem` and `on_recovery` as `Worker` has them; `make_routes` gives what is served
        beside the IC's interface.

        Raises `ConfigurationError` if the port or the folder is taken, or the state is damaged or
        can't be written.
        """
        with ExitStack() as undo:
            self._socket: Final = _listen(host, port)
            undo.callback(self._socket.close)
            try:
                self._directory: Final = StateDirectory(state_directory, clean=clean)
                undo.callback(self._directory.close)
                core = open_core(self._directory, clock(), cache_directory)
            except OSError as error:
                raise _no_state(state_directory, error) from error
            undo.pop_all()
        self.keys: Final = core.keys
        self.port: Final = int(self._socket.getsockname()[1])
        self.worker: Final = Worker(
            core,
            clock=clock,
            on_round=on_round,
            on_failure=on_failure,
            on_problem=on_problem,
            on_recovery=on_recovery,
        )
        app = make_app(
            self.worker,
            core.keys,
            clock=clock,
            allowed_hosts=allowed_hosts,
            routes=() if make_routes is None else make_routes(self.worker),
        )
        self._server: Final = uvicorn.Server(_server_config(app))
        self._thread: Final = Thread(target=self._serve, name="scm-http", daemon=True)
        self._host: Final = host

    @property
    def url(self) -> str:
        """Where agents find it."""
        name = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{name}:{self.port}"

    @property
    def root_key_der(self) -> bytes:
        """The public root key."""
        return self.keys.root.public_der

    def run(self, task: Callable[[Core], _Result]) -> _Result:
        """Call a function with the core, on the replica's thread, between two rounds."""
        return self.worker.run(task)

    def start(self) -> None:
        """Begin to answer; requests that come right away wait until it does."""
        self.worker.start()
        self._thread.start()

    def stop(self) -> None:
        """Answer no more, write a checkpoint, and let go of folder and port."""
        self._server.should_exit = True
        # Those who wait for answers get them, or an error, and the server can end.
        self.worker.stop()
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()
        self._directory.close()

    def __enter__(self) -> LocalNetwork:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket])


def _server_config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        limit_concurrency=CONNECTIONS_MAX,
        backlog=BACKLOG,
        timeout_graceful_shutdown=2,
    )


def _no_state(folder: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"the local network can't start with the state in `{folder}`: {reason_of(error)}",
        "make room on the disk: what is in the folder is not changed"
        if error.errno in FULL
        else "check that the folder, and what is in it, can be written, or name another: `--state`",
    )


def _listen(host: str, port: int) -> socket.socket:
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise ConfigurationError(f"`{host[:60]}` is no name of a host", _HOST_HELP) from error
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ConfigurationError(
                f"port {port} of {host} is taken by another program",
                "stop that, or take another port: `--port 0` finds a free one",
            ) from error
        raise ConfigurationError(
            f"can't listen on port {port} of {host}: {error.strerror}", _listen_help(error)
        ) from error
    return listener


def _listen_help(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return "take a port above 1023"
    return _HOST_HELP
