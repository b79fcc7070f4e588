"""What one was reminded of, and who was reminded of a thing."""

from tests import factories
from tests.cast import Cast
from tests.web.conftest import SignedIn
from tracker.domain import clock
from tracker.domain.database import fetch
from tracker.domain.deliveries.owing import Mailing, owe
from tracker.domain.deliveries.tables import DeliveryKind
from tracker.domain.milestones.tables import Milestone
from tracker.domain.reminders import mailing


async def test_reminders_are_listed_for_whom_they_were_for_and_those_who_see_the_thing(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "active")
    [step] = await Milestone.objects().where(Milestone.id == project.milestone_id)
    city = "seoul" if step.city == cast.seoul else "nairobi"
    with clock.at(factories.noon(step.due_on)):
        await mailing.sweep()
    reader = await signed_in(f"{city}_coordinator")
    await reader.open("/reminders")
    assert f"/milestones/{step.id}" in reader.links
    assert step.title in reader.text
    mayor, about = await signed_in(f"{city}_mayor"), f"/reminders?about=Milestone:{step.id}"
    await mayor.open("/reminders")
    assert f"/milestones/{step.id}" not in mayor.links
    await mayor.open(about)
    assert f"{city.capitalize()}: coordinator" in mayor.text
    stranger = await signed_in("lima_coordinator")
    await stranger.open(about)
    assert step.title not in stranger.text
    assert "No reminders yet" in stranger.text
    for odd in ("?about=Nothing:1", "?about=x", "?about=Milestone:0"):
        assert (await reader.open(f"/reminders{odd}")).status_code == 200


REMIND = """
INSERT INTO reminder (project, city, person, kind, subject_type, subject_id, due_on, created_at,
    delivery)
VALUES ($1, $2, $3, 'due', $4, $5, current_date, now(), $6)
"""


async def test_each_kind_of_thing_that_one_is_reminded_of_is_named_and_leads_to_its_page(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "active")
    await factories.status_report(cast, project, "seoul", "empty")
    tables = ("milestone", "decision", "period", "status_report", "participation")
    pages = ("/milestones/{}", "/decisions/{}", "/periods/{}/report", "/reports/{}")
    reader = cast.seoul_coordinator.person_id
    mail = Mailing(kind=DeliveryKind.REMINDER, key="day:2026-11-27", person_id=reader)
    [delivery] = (await owe([mail])).values()
    links = []
    for table, page in zip(tables, (*pages, "/projects/{code}/results"), strict=True):
        [row, *_] = await fetch(
            f"SELECT id FROM {table} WHERE project = $1 ORDER BY id LIMIT 1",
            project.id,
        )
        await fetch(REMIND, project.id, cast.seoul, reader, table, row["id"], delivery)
        links.append((f"{table.title().replace('_', '')}:{row['id']}", page.format(
            row["id"], code=(await project.row()).code)))  # fmt: skip
    browser = await signed_in("seoul_coordinator")
    answer = await browser.open("/reminders")
    assert answer.status_code == 200
    assert {page for _, page in links} <= set(browser.links)
    for about, page in links:
        assert (await browser.open(f"/reminders?about={about}")).status_code == 200, about
        assert page in browser.links, about
