"""A database with rows of every type in every state that matters, as its tables hold them, marked
so that whatever reaches somebody can be told from where it came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from asyncpg import Connection

from tests.cast import ACTORS, Cast
from tests.matrix import filling, keys, viewers
from tests.matrix.keys import Keys
from tests.matrix.marks import Mark, mark
from tracker.domain.actor import Actor
from tracker.graphql.registry import registry

Row = Mapping[str, Any]

CITIES = ("membership", "invitation", "delegation", "sign_on")
ACCOUNTS = (
    *("person", "api_token", "session", "sign_in_link", "password", "second_factor"),
    *(
        "half_sign_in",
        "sign_on_identity",
        "digest_subscription",
        "digest_issue",
        "digest_feed",
        "digest_hook",
        "delivery",
        *CITIES,
    ),
)
"""Tables of accounts, and those that say who does what in a city."""


@dataclass
class World:
    """The rows of every declared type as the tables hold them, whoever may see them."""

    cast: Cast
    rows: dict[str, dict[int, Row]] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    """Number of a mark -> the type, row and field that it was put into."""
    words: dict[tuple[str, str], dict[int, str]] = field(default_factory=dict)
    """(type, field) -> row -> the word of its mark; made when first asked for."""

    partners: dict[int, set[int]] = field(default_factory=dict)
    members: set[tuple[int, int, str]] = field(default_factory=set)
    """(person, city, role) of memberships that have not ended."""

    events: dict[tuple[str, int], list[Row]] = field(default_factory=dict)
    """(table, number) -> what happened to it."""

    subjects: dict[tuple[str, int], Row] = field(default_factory=dict)
    """(table, number) of what events are about -> its `person` and `city`, where it has them."""

    viewers: dict[str, Actor] = field(default_factory=dict)
    """Everybody who asks: the cast and the public, but not the system itself; and others:
    somebody without any role, somebody with different roles in different cities, deputies."""

    keys: Keys = field(default_factory=Keys)
    """What they come in with. `keys.limited` are viewers too, of reads."""

    def actor(self, name: str) -> Actor:
        """The viewer, or who they are with a token that leaves some of their rights out."""
        return self.viewers.get(name) or self.keys.limited[name]


async def make(cast: Cast, owner: Connection) -> World:
    """Fill the database, mark it, and read it past all rules."""
    await filling.fill(cast)
    people = {name: cast[name] for name in ACTORS if name != "system"}
    world = World(cast, viewers=people | await viewers.others(cast))
    await filling.complete(cast, owner)
    world.keys = await keys.issue(cast, world.viewers)
    world.marks = await mark(owner)
    await filling.come_back(owner)
    # What was just loaded is not known to PostgreSQL yet, which plans as if it were nothing.
    await owner.execute("ANALYZE")
    for declaration in registry.declarations.values():
        found = await owner.fetch(f"SELECT * FROM {declaration.sql_name} ORDER BY id")
        world.rows[declaration.name] = _by_number(found)
    for table in ACCOUNTS:
        for row in await owner.fetch(f"SELECT * FROM {table}"):
            person = row["id"] if table == "person" else row.get("person")
            city = row.get("city") if table in CITIES else None
            world.subjects[table, row["id"]] = {"person": person, "city": city}
    for row in world.rows["AuditEvent"].values():
        world.events.setdefault((row["subject_type"], row["subject_id"]), []).append(row)
    for row in world.rows["Participation"].values():
        world.partners.setdefault(row["project"], set()).add(row["city"])
    world.members = {
        (row["person"], row["city"], row["role"])
        for row in world.rows["Membership"].values()
        if row["ended_at"] is None and row["city"] is not None
    }
    return world


def _by_number(found: list[Any]) -> dict[int, Row]:
    """Notifications of different people share the number of their event: `persons` has them."""
    rows: dict[int, Row] = {}
    for row in found:
        persons = {row["person"]} if "person" in row else set()
        persons |= rows[row["id"]]["persons"] if row["id"] in rows else set()
        rows[row["id"]] = {**row, "persons": persons}
    return rows
