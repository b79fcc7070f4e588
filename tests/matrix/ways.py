"""Each type, whole, through each real door, by each viewer with each key of theirs: what comes is
byte for byte what the planner gives to who they are with it.

The viewers take turns at the same document and the same address, each saying that they have the
answer of the one before, so that an answer that is kept for one would be seen to serve another.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tests.matrix.carriers import Wire, by_hash, from_a_shell, over_socket, socket
from tests.matrix.keys import Key
from tests.matrix.selections import selection
from tests.matrix.tally import Tally
from tests.matrix.world import World
from tracker.domain.actor import Actor
from tracker.graphql import READS, respond
from tracker.graphql.registry import registry
from tracker.query import worded

RELATED = 10
"""Related rows of each row, of each relation to many."""

SHELL_KINDS = ("json", "csv", "table")


def document_of(kind: str) -> str:
    """Everything of a type."""
    declaration = registry.declarations[kind]
    fields = selection(declaration, RELATED)
    return f"{{ page: {declaration.plural}(first: 100) {{ totalCount nodes {{ {fields} }} }} }}"


class Ways:
    """All doors of one installation, tried by all viewers."""

    def __init__(self, world: World, address: str, tally: Tally, names: Iterable[str] = ()) -> None:
        self.world, self.address, self.tally = world, address, tally
        self.wire = Wire(address)
        self.names = list(names) or list(world.keys.of)

    @property
    def keys(self) -> list[tuple[str, Key]]:
        """Everybody who tries, with each of their keys."""
        return [(name, key) for name in self.names for key in self.world.keys.of[name]]

    async def over_http(self, kinds: Iterable[str]) -> None:
        """By POST and GET, whole and by hash, and by GET with the tag of who asked before."""
        for kind in kinds:
            document = document_of(kind)
            expected = {key.secret: await straight(document, key.actor) for _, key in self.keys}
            for door, carry in self.wire.carriers.items():
                for name, key in self.keys:
                    what, body = f"{name} {key.kind} {kind} by {door}", await carry(key, document)
                    if body == expected[key.secret]:
                        self.tally.deny(what, [], ())
                    else:
                        await self._same(what, key.actor, document, body)
            await self._tagged(kind, document)

    async def _same(self, what: str, actor: Actor, document: str, body: bytes) -> None:
        """By the planner's answer of this moment: when keys were used is known since."""
        expected = await straight(document, actor)
        found = _unlike(body, expected)
        self.tally.deny(what, found, ())

    async def _tagged(self, kind: str, document: str) -> None:
        """304 is said to those alone who have what they would get."""
        before, tag = b"", ""
        for name, key in self.keys:
            what = f"{name} {key.kind} {kind} with the tag of who asked before"
            expected = await straight(document, key.actor)
            answer = await self.wire.got(key, by_hash(document), tag)
            kept = answer.status_code == 304
            self.tally.compare(what, [kept], [bool(tag) and before == expected])
            if not kept:
                await self._same(what, key.actor, document, answer.content)
            private = answer.headers.get("cache-control", "")
            self.tally.deny(f"{what}: may be kept by others", {private} - {PRIVATE}, ())
            before, tag = expected, answer.headers["etag"]

    async def over_sockets(self, kinds: Iterable[str]) -> None:
        """Over a socket of each key."""
        kinds = list(kinds)
        for name, key in self.keys:
            async with socket(self.address, key) as talk:
                for kind in kinds:
                    document = document_of(kind)
                    body = await over_socket(talk, document)
                    await self._same(f"{name} {key.kind} {kind} over a socket", key.actor,
                                     document, body)  # fmt: skip

    async def from_shells(self) -> None:
        """By the command: each token at another type, those with all rights in each format."""
        kinds = list(registry.declarations)
        tokens = [(name, key) for name, key in self.keys if key.kind != "session"]
        for number, (name, key) in enumerate(tokens):
            kind = kinds[number % len(kinds)]
            for form in SHELL_KINDS if key.kind == "token" else SHELL_KINDS[:1]:
                document = document_of(kind)
                printed = await from_a_shell(self.address, key, document, form)
                found = json.loads(await straight(document, key.actor))
                wrong = _unlike(printed.encode(), worded(found, form, document).encode())
                self.tally.deny(f"{name} {key.kind} {kind} as {form}", wrong, ())


NOW = re.compile(rb"asOf\W+\d{4}-\d\d-\d\dT\d\d:\d\dZ")
"""The minute in which the facts of a report were looked up: the next one may have begun since."""


def _unlike(body: bytes, wanted: bytes) -> list[str]:
    found, expected = NOW.sub(b"asOf", body), NOW.sub(b"asOf", wanted)
    return [] if found == expected else [_difference(found, expected)]


PRIVATE = "private, no-cache"


async def straight(document: str, actor: Actor) -> bytes:
    """The planner's own answer, read afresh."""
    with _nothing_kept():
        return (await respond(document, actor=actor, limits=None)).body


@contextmanager
def _nothing_kept() -> Iterator[None]:
    before, READS.answers.bytes_most = READS.answers.bytes_most, 0
    try:
        yield
    finally:
        READS.answers.bytes_most = before


def _difference(found: bytes, expected: bytes) -> str:
    """Where two answers begin to differ, and how."""
    pairs = enumerate(zip(found, expected, strict=False))
    at = next((i for i, (a, b) in pairs if a != b), min(len(found), len(expected)))
    near = slice(max(0, at - 60), at + 60)
    return f"at {at}: {found[near]!r}, not {expected[near]!r}"
