"""Loads a local network: many callers, each with its own key, call a counter again and again.

Run through `tools/network_load`.  `scm run` is a process of its own; this one signs every request
and verifies every certificate.  At the end the counter must have counted every call once.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from attrs import define, field, frozen

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import NAT
from scm.client.identities import AnonymousIdentity, KeyIdentity, new_key
from scm.client.network import Network, install_canister
from scm.client.requests import Message, call_request, query_request
from scm.compiler.builds import BuildOptions
from scm.compiler.pipeline import build
from scm.model import Principal
from scm.wire.cbor import decode_cbor
from scm.wire.certificates import verify_certificate
from scm.wire.fields import FieldReader

ROOT: Final = Path(__file__).resolve().parents[1]
ONE: Final = encode((NAT,), (1,))


@frozen
class Target:
    """Where the counter is."""

    host: str
    port: int
    root_key: bytes
    canister_id: Principal


@define
class Tally:
    """What has happened so far; latencies in seconds."""

    latencies: list[float] = field(factory=list)
    errors: list[str] = field(factory=list)
    certificates: int = 0


class Connection:
    """One connection that is kept open: HTTP/1.1, as little of it as a server like this needs."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader: Final = reader
        self._writer: Final = writer

    async def post(self, target: Target, path: str, body: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {target.host}:{target.port}\r\n"
            f"Content-Type: application/cbor\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        size = re.search(r"(?i)content-length: (\d+)", answer)
        content = await self._reader.readexactly(int(size[1]) if size else 0)
        return int(answer.split(" ", 2)[1]), content

    def close(self) -> None:
        self._writer.close()


async def caller(target: Target, tally: Tally, until: float, version: str) -> None:
    """Call, wait for the certificate, verify it, and again."""
    identity = KeyIdentity(new_key("ed25519"))
    connection = Connection(*await asyncio.open_connection(target.host, target.port))
    path = f"/api/{version}/canister/{target.canister_id}/call"
    message = Message(target.canister_id, "increment", ONE)
    while time.perf_counter() < until:
        started = time.perf_counter()
        request = call_request(message, identity, time.time_ns())
        status, body = await connection.post(target, path, request.envelope)
        if status != 200:
            tally.errors.append(f"HTTP {status}: {body[:200]!r}")
            continue
        fields = FieldReader(decode_cbor(body), "the answer")
        if fields.text_field("status") != "replied":
            tally.errors.append(f"{dict(fields.fields)}")
            continue
        certificate = verify_certificate(
            fields.bytes_field("certificate"), target.root_key, target.canister_id
        )
        reply = certificate.lookup(b"request_status", request.request_id, b"reply")
        if not isinstance(reply, bytes):
            tally.errors.append(f"no reply: {reply}")
        tally.certificates += 1
        tally.latencies.append(time.perf_counter() - started)
    connection.close()


async def load(target: Target, callers: int, seconds: float, server: int) -> Tally:
    """All callers at once; tells how it goes every few seconds."""
    tally = Tally()
    until = time.perf_counter() + seconds
    tasks = [asyncio.create_task(caller(target, tally, until, "v4")) for _ in range(callers)]
    watcher = asyncio.create_task(watch(tally, server))
    await asyncio.gather(*tasks)
    watcher.cancel()
    return tally


async def watch(tally: Tally, server: int) -> None:
    before = 0
    while True:
        await asyncio.sleep(5)
        done = len(tally.latencies)
        print(
            f"  {(done - before) / 5:6.0f} calls/s, {len(tally.errors)} errors,"
            f" server {memory_mb(server):.0f} MB",
            flush=True,
        )
        before = done


async def read_count(target: Target) -> int:
    """What the counter says."""
    connection = Connection(*await asyncio.open_connection(target.host, target.port))
    message = Message(target.canister_id, "value", encode((), ()))
    request = query_request(message, KeyIdentity(new_key("ed25519")), time.time_ns())
    path = f"/api/v3/canister/{target.canister_id}/query"
    _, body = await connection.post(target, path, request.envelope)
    connection.close()
    reply = FieldReader(decode_cbor(body), "the answer").map_field("reply")
    count = decode(FieldReader(reply, "reply").bytes_field("arg"), (NAT,))[0]
    assert isinstance(count, int)
    return count


def memory_mb(process: int | str) -> float:
    """The resident memory of a process in MB (`self`: of this one); 0 if the system can't tell."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def start_server(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """`scm run` as a process of its own, with an empty network, and its URL."""
    command = [sys.executable, "-m", "scm.cli.main", "run", "--port", "0", "--quiet"]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    word, _, url = server.stdout.readline().strip().partition(" ")
    if word != "ready:":
        raise SystemExit("the network did not start")
    return server, url


def build_counter(folder: Path) -> Path:
    """The example's module, built elsewhere than in the example."""
    return build(ROOT / "examples" / "counter", BuildOptions(folder), lambda _: None).wasm_path


def install_counter(url: str, wasm: bytes) -> Target:
    """The counter on the network."""
    with Network(url, AnonymousIdentity()) as network:
        canister_id = install_canister(network, wasm).canister_id
        host, _, port = url.removeprefix("http://").partition(":")
        return Target(host, int(port), network.agent.root_key_der, canister_id)


def main() -> int:
    """Start, load, count, tell; 0 if nothing went wrong."""
    parser = argparse.ArgumentParser(description="Load a local network.")
    parser.add_argument("--callers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--wasm", type=Path, help="the counter, if it is built already")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wasm = options.wasm or build_counter(Path(folder))
        server, url = start_server(Path(folder))
        try:
            target = install_counter(url, wasm.read_bytes())
            before = memory_mb(server.pid)
            print(f"{options.callers} callers for {options.seconds:.0f} s, at {target.host}")
            tally = asyncio.run(load(target, options.callers, options.seconds, server.pid))
            count = asyncio.run(read_count(target))
            after = memory_mb(server.pid)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()
    latencies = sorted(tally.latencies)
    calls = len(latencies)
    for error in tally.errors[:5]:
        print(f"  error: {error}")
    print(f"calls          {calls:,} in {options.seconds:.0f} s: {calls / options.seconds:.0f}/s")
    print(f"errors         {len(tally.errors)}")
    print(f"counted        {count:,}")
    print(f"certificates   {tally.certificates:,} verified")
    if calls:
        p50, p99 = latencies[calls // 2], latencies[calls * 99 // 100]
        print(f"latency        p50 {p50 * 1e3:.0f} ms, p99 {p99 * 1e3:.0f} ms")
    print(f"server memory  {before:.0f} MB before, {after:.0f} MB after")
    is_good = calls > 0 and not tally.errors and count == calls
    return 0 if is_good else 1


if __name__ == "__main__":
    raise SystemExit(main())
