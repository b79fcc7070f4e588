"""How a story is told: who does what on which day, in mutations, and what everybody then reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from tests.cast import Cast, email
from tests.graphql.conftest import Api
from tests.graphql.play import document
from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.people import queries

Row = dict[str, Any]


class Teller:
    """Does what the people of the story do. `ids` keeps what they made, under the story's names."""

    def __init__(self, api: Api, cast: Cast) -> None:
        self.api, self.cast = api, cast
        self.ids: dict[str, str] = {}
        self.seoul, self.nairobi = f"City:{cast.seoul}", f"City:{cast.nairobi}"

    @property
    def project(self) -> Row:
        """What most mutations on the project begin with."""
        return {"projectId": self.ids["project"]}

    @contextmanager
    def on(self, day: str, hour: str = "09:00") -> Iterator[None]:
        """A day of the story, at an hour of UTC."""
        with clock.at(datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=UTC)):
            yield

    async def do(self, who: str | Actor, name: str, **arguments: Any) -> str:
        """Somebody does it, and nothing stands in the way; the id of the row."""
        row, problems = await self._ask(who, name, arguments)
        assert problems == [], f"{name}: {problems}"
        return str(row["id"])

    async def refused(self, who: str | Actor, name: str, **arguments: Any) -> list[str]:
        """Somebody tries to do it, and hears why not."""
        _, problems = await self._ask(who, name, arguments)
        assert problems, f"{name} was done"
        return problems

    async def reads(self, who: str, text: str, **variables: Any) -> Row:
        """What somebody is told."""
        return await self.api.data(text, variables, self.cast[who])

    async def sees(self, fields: str, who: str = "officer") -> Row:
        """Fields of the project as it is now."""
        text = f"query($id: ID!) {{ node(id: $id) {{ ... on Project {{ {fields} }} }} }}"
        found: Row = (await self.reads(who, text, id=self.ids["project"]))["node"]
        return found

    async def named(self, name: str) -> Actor:
        """A member of the cast with the rights of this day, delegations included."""
        actor = await queries.actor_by_email(email(name))
        assert actor
        return actor

    async def _ask(self, who: str | Actor, name: str, arguments: Row) -> tuple[Row, list[str]]:
        actor = self.cast[who] if isinstance(who, str) else who
        text = document(name, arguments, lambda _: "id")
        found = (await self.api.data(text, arguments, actor))[name]
        [row] = [each for key, each in found.items() if key not in ("__typename", "problems")]
        return row, [problem["message"] for problem in found["problems"]]
