"""Who follows events over sockets, from before the first of them: what comes is what the trail
shows to who they are with the key that they came by."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

from tests.matrix.carriers import socket
from tests.matrix.cells import Asking
from tests.matrix.keys import Key
from tests.matrix.selections import number
from tests.matrix.streams import STREAMS, followed
from tests.matrix.tally import Tally
from tests.matrix.world import World
from tests.web.talk import Talk

REFUSED = "Events are for people of the tracker: sign in, or give an API token."

TOGETHER = 8
"""Sockets that are open at once: waiting for silence takes most of the time."""

QUIET_SECONDS = 0.3
"""For how long nothing more comes when all has come."""


def beginning() -> str:
    """The place in the stream of whoever has seen nothing yet."""
    return f"3:3:~3:3:~0~{int(time.time())}"


async def follow(world: World, address: str, tally: Tally, names: Iterable[str] = ()) -> None:
    """Everybody, with each of their keys, follows all that there is to follow."""
    everybody = [(name, key) for name in names or world.keys.of for key in world.keys.of[name]]
    for start in range(0, len(everybody), TOGETHER):
        some = everybody[start : start + TOGETHER]
        await asyncio.gather(*(_all(world, address, tally, *each) for each in some))


async def _all(world: World, address: str, tally: Tally, name: str, key: Key) -> None:
    who = name if key.actor.limit is None else f"{name} {key.kind}"
    asking = Asking(world, who, tally)
    async with socket(address, key) as talk:
        for stream in STREAMS:
            await _one(asking, key, talk, stream)


async def _one(asking: Asking, key: Key, talk: Talk, stream: str) -> None:
    what = f"{asking.name} follows {stream} by {key.kind}"
    text = "subscription($a: ID) { %s(after: $a) { id verb before after event { id } } }"
    await talk.ask(text % stream, stream, a=beginning())
    if asking.viewer.person_id is None:
        message = await talk.hear()
        told = [message["type"], message["payload"][0]["message"]]
        asking.tally.compare(what, told, ["error", REFUSED])
        return
    expected = followed(asking, stream)
    asking.tally.compare(what, await _heard(asking, talk, stream, len(expected)), expected)
    await talk.say(type="complete", id=stream)


async def _heard(asking: Asking, talk: Talk, stream: str, wanted: int) -> list[int]:
    """The numbers of the events that come, of those that the world knows: that a key was used is
    an event since."""
    last = max(asking.world.rows["AuditEvent"])
    found: list[int] = []
    while True:
        seconds = 20.0 if len(found) < wanted else QUIET_SECONDS
        try:
            message: Any = await talk.hear(seconds)
        except TimeoutError:
            return found
        asking.scan(str(message).encode(), f"an event of {stream}")
        event = number(message["payload"]["data"][stream]["event"]["id"])
        found += [event] if event <= last else []
        await asyncio.sleep(0)
