"""The matrix itself: each viewer asks for each type in every way, and each answer is compared with
the classification."""

from collections.abc import Mapping
from typing import Any

import orjson

from tests.matrix import figures, oracles, rows, streams
from tests.matrix.classified import types
from tests.matrix.marks import MARK
from tests.matrix.selections import camel
from tests.matrix.sight import shows
from tests.matrix.tally import Tally
from tests.matrix.world import World
from tracker.domain.actor import Actor
from tracker.graphql import respond
from tracker.graphql.registry import registry


class Asking:
    """One viewer asks about everything."""

    def __init__(self, world: World, name: str, tally: Tally) -> None:
        self.world, self.name, self.tally = world, name, tally
        self.viewer: Actor = world.actor(name)

    async def everything(self) -> None:
        """Every type in every way."""
        for kind in registry.declarations:
            await self.type(kind)
        await figures.portfolio(self)
        await figures.mails(self)
        await figures.search(self)
        await streams.events(self)

    async def type(self, kind: str) -> None:
        """One type: roots, fields, relations, conditions and orders."""
        declaration = registry.declarations[kind]
        await rows.pages(self, declaration)
        await rows.singles(self, declaration)
        await oracles.conditions(self, declaration)
        await oracles.words(self, declaration)
        await oracles.orders(self, declaration)

    async def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The data of the answer, whose bytes are looked through for marks."""
        answer = await respond(document, variables, actor=self.viewer, limits=None)
        self.scan(answer.body, document[:60])
        found = orjson.loads(answer.body)
        assert not found.get("errors"), (document, found["errors"])
        return found["data"]

    def scan(self, body: bytes, where: str) -> None:
        """Every mark in the bytes is one that the viewer may see."""
        for number in set(MARK.findall(body.decode(errors="replace"))):
            kind, row, column = self.world.marks[int(number)]
            self.tally.cells += 1
            name = camel(column)
            known = name in types()[kind].fields
            if known and shows(self.world, self.viewer, kind, row, name):
                continue
            self.tally.deny(f"{self.name} read in {where}", [f"{kind}:{row}.{column}"], ())
