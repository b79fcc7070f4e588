"""What can be taken along as a file: the audit trail, and one's own data."""

import csv
import io
from collections.abc import Iterable

import orjson
from httpx import AsyncClient
from piccolo.columns import ForeignKey

from tests.matrix.cells import Asking
from tests.matrix.keys import Key
from tests.matrix.marks import MARK
from tests.matrix.selections import camel
from tests.matrix.sight import seen, shows
from tests.matrix.tally import Tally
from tests.matrix.world import World
from tracker.domain.people.tables import Person
from tracker.graphql.registry import registry


async def take(world: World, address: str, tally: Tally, names: Iterable[str] = ()) -> None:
    """Everybody takes everything along that they can; the public is sent to sign in."""
    for name in names or world.keys.of:
        async with AsyncClient(base_url=f"http://{address}", timeout=60) as client:
            asking = Asking(world, name, tally)
            for file in ("export.csv", "export.jsonl"):
                await _trail(asking, client, world.keys.of[name][0], file)
            await _own(asking, client, world.keys.of[name][0])


async def _trail(asking: Asking, client: AsyncClient, key: Key, file: str) -> None:
    """The events that the reader sees, no more and no fewer; the same of one project alone."""
    what = f"{asking.name} takes {file}"
    rows = asking.world.rows["AuditEvent"]
    visible = seen(asking.world, asking.viewer, "AuditEvent")
    project = next(iter(asking.world.rows["Project"].values()))
    for code, expected in (
        ("", visible),
        (
            project["code"].split(" ")[0],
            [n for n in visible if rows[n]["project"] == project["id"]],
        ),
    ):
        answer = await client.get(f"/audit/{file}", params={"project": code}, headers=key.headers)
        if asking.viewer.person_id is None:
            asking.tally.compare(what, [answer.status_code], [303])
            continue
        asking.scan(answer.content, what)
        found = [n for n in _numbers(file, answer.text) if n <= max(rows)]
        asking.tally.compare(f"{what} of {code or 'everything'}", found, expected)


def _numbers(file: str, text: str) -> list[int]:
    if file.endswith("csv"):
        return [int(row["id"]) for row in csv.DictReader(io.StringIO(text))]
    return [int(orjson.loads(line)["id"]) for line in text.splitlines()]


async def _own(asking: Asking, client: AsyncClient, key: Key) -> None:
    """One's own data: what refers to oneself, and nothing that is about others alone."""
    answer = await client.get("/account/data/export", headers=key.headers)
    if asking.viewer.person_id is None:
        asking.tally.compare("public takes own data", [answer.status_code], [303])
        return
    asking.tally.compare(f"{asking.name} takes own data", [answer.status_code], [200])
    own_data(asking, answer.content)


def own_data(asking: Asking, body: bytes) -> None:
    """Each mark in it stands in a row that refers to the reader, or is theirs to see."""
    for found in set(MARK.findall(body.decode())):
        kind, row, column = asking.world.marks[int(found)]
        asking.tally.deny(
            f"{asking.name} takes own data",
            [] if _refers(asking, kind, row) or _shown(asking, kind, row, column)
            else [f"{kind}:{row}.{column}"], (),
        )  # fmt: skip


def _shown(asking: Asking, kind: str, row: int, column: str) -> bool:
    declared = camel(column) in registry.declarations[kind].fields
    return declared and shows(asking.world, asking.viewer, kind, row, camel(column))


def _refers(asking: Asking, kind: str, number: int) -> bool:
    """Whether a column of the row, or of what the event is about, is the reader."""
    row, person = asking.world.rows[kind][number], asking.viewer.person_id
    subject = (row.get("subject_type", ""), row.get("subject_id", 0))
    about = asking.world.subjects.get(subject, {})
    told = {row[name] for name in _columns(kind)} | {about.get("person")}
    return person in told or (kind == "Person" and number == person)


def _columns(kind: str) -> list[str]:
    """Columns that refer to people."""
    return [
        each._meta.name
        for each in registry.declarations[kind].table._meta.columns
        if isinstance(each, ForeignKey) and each._foreign_key_meta.resolved_references is Person
    ]
