"""Hostile requests over both doors: what each costs the web process, whether it is refused, and
what an innocent asker notices of them."""

import asyncio
import os
import time
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

import httpx
import orjson
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.conformance.hostile_documents import Hostile, everything
from tests.conformance.rows import Row
from tests.conformance.server import Server

CPU_MS_MOST, INNOCENT_MS_MOST = 200, 500
CLIENTS, SECONDS = 2, 15
INNOCENT = {"query": "{ projects(first: 5) { totalCount nodes { code donorCity { name } } } }"}
FAULT = b"Something went wrong here"
SUBSCRIBE = '{"id":"1","type":"subscribe","payload":'


async def check(server: Server) -> list[Row]:
    """Each alone, over HTTP and over a socket; then all together beside an innocent asker."""
    hostile = list(everything())
    pid = listener(urlsplit(server.base_url).port or 0)
    async with httpx.AsyncClient(timeout=30) as client:
        await client.post(server.api, json=INNOCENT)
        posts = [await _cost(pid, client, server, each) for each in hostile]
        sockets = [await _socket_cost(pid, server, each) for each in hostile]
        innocent = await _beside(server, hostile)
    costs = {**{f"{n} (HTTP)": c for n, c, _ in posts}, **{f"{n} (socket)": c for n, c in sockets}}
    worst = sorted(costs, key=lambda name: -costs[name])
    for name in worst[:8]:
        print(f"  {costs[name]:.0f} ms: {name}")
    bad = [name for name, _, good in posts if not good]
    print(*(f"  answered badly: {name}" for name in bad), sep="\n")
    return [
        Row("hostile.documents", len(hostile), at_least=25),
        Row("hostile.worst_cpu_ms", costs[worst[0]], at_most=CPU_MS_MOST),
        Row("hostile.unrefused", len(bad), at_most=0),
        Row("hostile.innocent_p99_ms", quantiles(innocent, n=100)[98], at_most=INNOCENT_MS_MOST),
    ]


def listener(port: int) -> int:
    """The number of the process that listens on this port of the loopback."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    wanted = {f"socket:[{f[9]}]" for f in lines if f[1].endswith(f":{port:04X}") and f[3] == "0A"}
    for folder in Path("/proc").glob("[0-9]*/fd"):
        try:
            if any(os.readlink(each) in wanted for each in folder.iterdir()):
                return int(folder.parent.name)
        except OSError:
            continue
    raise RuntimeError(f"nobody listens on port {port}")


def cpu_ms(pid: int) -> float:
    """Processor time that a process has used, its own and the kernel's for it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def good(hostile: Hostile, status: int, body: bytes) -> bool:
    """Whether the answer is GraphQL's, no fault of the server's, and refused where it must be."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    if status >= 500 or FAULT in body or not isinstance(found, dict):
        return False
    return bool(found.get("errors")) or ("data" in found and not hostile.refused)


async def _cost(
    pid: int, client: httpx.AsyncClient, server: Server, hostile: Hostile
) -> tuple[str, float, bool]:
    before = cpu_ms(pid)
    answer = await client.post(
        server.api, content=hostile.body, headers={"content-type": "application/json"}
    )
    return hostile.name, cpu_ms(pid) - before, good(hostile, answer.status_code, answer.content)


async def _socket_cost(pid: int, server: Server, hostile: Hostile) -> tuple[str, float]:
    """A socket closes on what it cannot read; that is an answer too."""
    address = server.api.replace("http", "ws", 1)
    async with connect(address, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
        await socket.send('{"type":"connection_init"}')
        await socket.recv()
        before = cpu_ms(pid)
        try:
            text = hostile.body.decode(errors="replace")
            await socket.send(SUBSCRIBE + text + "}")
            async with asyncio.timeout(30):
                await socket.recv()
        except ConnectionClosed:
            pass
        return hostile.name, cpu_ms(pid) - before


async def _beside(server: Server, hostile: list[Hostile]) -> list[float]:
    """Milliseconds of each innocent question while the hostile keep coming."""
    until = time.monotonic() + SECONDS
    async with asyncio.TaskGroup() as group:
        for number in range(CLIENTS):
            group.create_task(_attack(server, hostile[number::CLIENTS], until))
        asked = group.create_task(_innocent(server, until))
    return asked.result()


async def _attack(server: Server, hostile: list[Hostile], until: float) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        while time.monotonic() < until:
            for each in hostile:
                await client.post(
                    server.api, content=each.body, headers={"content-type": "application/json"}
                )


async def _innocent(server: Server, until: float) -> list[float]:
    taken = []
    async with httpx.AsyncClient(timeout=30) as client:
        while time.monotonic() < until:
            start = time.monotonic()
            answer = await client.post(server.api, json=INNOCENT)
            taken.append((time.monotonic() - start) * 1000)
            assert answer.json()["data"]
            await asyncio.sleep(0.02)
    return taken
