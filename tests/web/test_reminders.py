"""What one was reminded of, and who was reminded of a thing."""

from tests import factories
from tests.cast import Cast
from tests.web.conftest import SignedIn
from tracker.domain import clock
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
