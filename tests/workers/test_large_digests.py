"""Digests of readers with more projects, or more that waits for them, than one page of a list."""

import re

import pytest

from tests import factories
from tests.cast import Cast, email
from tests.workers.test_digests import late_project
from tracker.domain.database import fetch, transaction
from tracker.settings import Settings
from tracker.workers.digests import preview

pytestmark = pytest.mark.usefixtures("reads")

MORE = 130


@pytest.mark.parametrize("reader", ["nairobi_mayor", "officer"])
async def test_digest_of_many_projects_counts_all_and_begins_with_the_worst(
    cast: Cast, settings: Settings, reader: str
) -> None:
    await late_project(cast, 12)
    await _multiplied("Complaints in one app", MORE)
    await late_project(cast, 3, "Bus lanes")
    await fetch("UPDATE project SET amber_days = 1, red_days = 2 WHERE title = 'Bus lanes'")
    made = await preview(settings, email(reader))
    assert made.subject == f"1 project off track, {MORE + 1} at risk"
    attention = made.text.partition("Needs attention")[2].partition("The next 30 days")[0]
    assert attention.index("Bus lanes") < attention.index("Complaints in one app")
    assert _all(attention, "/projects/") == MORE + 2


async def test_digest_counts_all_that_waits_and_begins_with_the_oldest(
    cast: Cast, settings: Settings
) -> None:
    await factories.joint_project(cast, "under_review")
    await _multiplied("Permits without queues", MORE, "decision")
    await fetch(
        "UPDATE decision SET deadline_on = deadline_on - 40"
        " WHERE id = (SELECT max(id) FROM decision WHERE city = $1)",
        cast.nairobi,
    )
    made = await preview(settings, email("nairobi_mayor"))
    assert made.subject == f"{MORE + 1} projects need your decision"
    decisions = made.text.partition("Decisions for you")[2].partition("Seoul")[0]
    assert decisions.index("overdue") < decisions.index("/decisions/")
    assert _all(decisions, "/decisions/") == MORE + 1


async def test_digest_counts_all_steps_that_wait_to_be_accepted(
    cast: Cast, settings: Settings
) -> None:
    await factories.joint_project(cast, "active", title="Bus lanes")
    await _multiplied("Bus lanes", MORE)
    await fetch("UPDATE milestone SET state = 'submitted', completed_on = due_on - 1")
    await fetch("UPDATE milestone SET due_on = due_on - 9, title = 'The oldest'"
                " WHERE id = (SELECT max(id) FROM milestone)")  # fmt: skip
    await fetch("UPDATE person SET language = 'en'")
    made = await preview(settings, email("seoul_coordinator"))
    waiting = made.text.partition("Waiting for you and your city")[2]
    assert waiting.index("The oldest") < waiting.index("Permit portal is live")
    assert _all(waiting.partition("Needs attention")[0], "/milestones/") == MORE + 1


async def test_last_one_is_told_where_it_takes_no_more_room_than_that_there_is_one_more(
    cast: Cast, settings: Settings
) -> None:
    left_out = []
    for number in range(12):
        await factories.joint_project(cast, "active", title=f"Permits {number}")
        text = (await preview(settings, email("nairobi_mayor"))).text
        benefits = text.partition("Benefits for Nairobi:")[2].partition("\n\n")[0]
        assert _told(benefits, "* Permits are quick") == number + 1
        left_out += re.findall(r"and (\d+) more", benefits)
    assert left_out
    assert "1" not in left_out


def _told(part: str, entry: str) -> int:
    """How many a part tells, and counts."""
    more = re.search(r"and (\d+) more", part)
    return part.count(entry) + (int(more[1]) if more else 0)


def _all(part: str, page: str) -> int:
    """How many there are in a part of a mail's text: those with a page, and those beyond."""
    more = re.search(r"and (\d+) more", part)
    assert more, part
    return part.count(page) + int(more[1])


async def _multiplied(title: str, times: int, *more: str) -> None:
    """So many more projects like this one, with its partners, milestones and `more`."""
    async with transaction():
        await _copied(
            "project",
            {"code": "'ES-2030-' || lpad(n::text, 4, '0')"},
            "project r, generate_series(1, $2::int) n WHERE r.title = $1",
            title,
            times,
        )
        made = "p.title = $1 AND p.code LIKE 'ES-2030-%' AND o.code NOT LIKE 'ES-2030-%'"
        for table in ("participation", "milestone", *more):
            rows = (
                f"{table} r JOIN project o ON o.id = r.project JOIN project p ON p.title = o.title"
            )
            await _copied(table, {"project": "p.id"}, f"{rows} WHERE {made}", title)


async def _copied(table: str, changes: dict[str, str], rows: str, *values: object) -> None:
    """More rows of the table, with these columns of their own."""
    columns = await fetch(
        "SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1"
        " AND table_schema = current_schema() AND is_generated = 'NEVER' AND column_name <> 'id'",
        table,
    )
    names = [f'"{each["name"]}"' for each in columns]
    given = [changes.get(name.strip('"'), f"r.{name}") for name in names]
    await fetch(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(given)} FROM {rows}",
        *values,
    )
