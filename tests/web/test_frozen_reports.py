"""A published report's bytes never change, whatever happens afterwards."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
from asyncpg import Connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories
from tests.cast import Cast
from tests.domain.test_budgets import PLAN
from tests.domain.test_comments import draft
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tracker.domain import clock
from tracker.domain.actor import SYSTEM
from tracker.domain.budgets.rates import import_rates, read_rates
from tracker.domain.comments import actions as comments
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.errors import Refusal
from tracker.domain.leaving.erasure import erase
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones.actions import MilestoneReport
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.outcomes import reporting, verdicts
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.outcomes.tables import Value
from tracker.domain.projects import actions as projects
from tracker.domain.projects import confidentiality, lifecycle
from tracker.domain.projects.tables import Health, ReportingRhythm
from tracker.domain.reminders import mailing
from tracker.domain.status_reports import actions
from tracker.domain.status_reports.drafting import draft_reports
from tracker.graphql import respond


@dataclass(frozen=True)
class World:
    """A project whose first report Nairobi has published."""

    cast: Cast
    project: factories.JointProject
    report_id: int
    reader: Browser
    owner: Connection
    before: list[Any] = field(default_factory=list)

    async def told(self) -> bytes:
        """The report as the API hands it out."""
        asked = (
            f'{{ statusReport(id: "StatusReport:{self.report_id}") {{ state publishedAt health'
            " schedule outcomes budget partnership achieved next atRisk decisionNeeded facts"
            " document sha256 } }"
        )
        return (await respond(asked, actor=self.cast.auditor)).body

    async def bytes(self) -> tuple[bytes, bytes, bytes]:
        """The report as its page, its document and the API hand it out."""
        page = (await self.reader.open(f"/reports/{self.report_id}")).content
        article = page[page.index(b"<article") : page.index(b"</article>")]
        document = (await self.reader.open(f"/reports/{self.report_id}/document")).content
        told = await self.told()
        assert orjson.loads(told)["data"]["statusReport"]["document"].encode() == document
        return article, document, told

    async def value(self) -> Any:
        """The newest value of the project's period."""
        return await Value.objects().where(Value.period == self.project.period_id).order_by(
            Value.id, ascending=False
        ).first()  # fmt: skip

    async def sql(self, statement: str) -> None:
        """What no action does, as the owner of the tables."""
        await self.owner.execute(statement)


Deed = Callable[[World], Awaitable[Any]]

LINK = EvidenceLink(title="Screenshots", url="https://example.org/portal")
RATES = "Date,USD,KES\n2026-02-25,{0},{0}5\n"


async def _add_value(w: World) -> None:
    draft = ValueDraft(value=Decimal(3))
    author = w.cast.nairobi_coordinator
    value = await reporting.report(author, w.project.period_id, w.cast.nairobi, draft)
    await reporting.approve(w.cast.seoul_approver, value.id)


async def _correct_value(w: World) -> None:
    draft, last = ValueDraft(value=Decimal(4)), await w.value()
    number = last.id if last else 0
    newer = await reporting.correct(w.cast.nairobi_coordinator, number, draft, "Twice.")
    await reporting.approve(w.cast.seoul_approver, newer.id)


async def _dispute_value(w: World) -> None:
    last = await w.value()
    await verdicts.dispute(w.cast.seoul_coordinator, last.id if last else 0, "We count 3.")


async def _forget(w: World) -> None:
    await erase(w.cast.administrator, w.cast.nairobi_coordinator.person_id or 0)


async def _sweep(w: World) -> None:
    with clock.at(await factories.after_period(w.project)):
        await draft_reports()
        await mailing.sweep()


DEEDS: dict[str, Deed] = {
    "move a milestone": lambda w: factories.move_milestone(
        w.cast, w.project.milestone_id, factories.today(70), "Later."
    ),
    "move it back": lambda w: factories.move_milestone(
        w.cast, w.project.milestone_id, factories.today(40), "Sooner."
    ),
    "submit it": lambda w: milestones.submit(
        w.cast.nairobi_coordinator,
        w.project.milestone_id,
        MilestoneReport(completed_on=factories.today(-3), evidence=[LINK]),
    ),
    "accept it": lambda w: milestones.accept(w.cast.seoul_coordinator, w.project.milestone_id),
    "report and approve a value": _add_value,
    "correct the value": _correct_value,
    "dispute it": _dispute_value,
    "add to the budget": lambda w: factories.add_budget_line(
        w.cast, w.project.id, w.cast.nairobi, PLAN
    ),
    "import rates": lambda _: import_rates(SYSTEM, read_rates(RATES.format(1)), "Bank"),
    "import other rates": lambda _: import_rates(SYSTEM, read_rates(RATES.format(2)), "Bank"),
    "report health": lambda w: projects.report_health(
        w.cast.seoul_coordinator, w.project.id, Health.RED
    ),
    "edit the report": lambda w: actions.edit(
        w.cast.nairobi_cio, w.report_id, factories.report_draft(next="Something else.")
    ),
    "publish it again": lambda w: actions.publish(w.cast.nairobi_cio, w.report_id),
    "comment on it": lambda w: comments.add(
        w.cast.seoul_mayor, draft(CommentSubject.STATUS_REPORT, w.report_id)
    ),
    "add to it": lambda w: actions.add_addendum(w.cast.nairobi_cio, w.report_id, "More."),
    "publish the other city's": lambda w: factories.status_report(w.cast, w.project, "seoul"),
    "report monthly": lambda w: projects.set_reporting_rhythm(
        w.cast.seoul_coordinator, w.project.id, ReportingRhythm.MONTHLY
    ),
    "run the timetable": _sweep,
    "suspend": lambda w: lifecycle.suspend(w.cast.officer, w.project.id, "Elections."),
    "resume": lambda w: lifecycle.resume(w.cast.officer, w.project.id),
    "hide the project": lambda w: confidentiality.conceal_at_once(
        w.cast.officer, w.project.id, "Names of residents."
    ),
    "cancel": lambda w: lifecycle.cancel(w.cast.seoul_mayor, w.project.id, "No money."),
    "rename the project": lambda w: w.sql("UPDATE project SET title = title || ' II'"),
    "rename the cities": lambda w: w.sql("UPDATE city SET name = name || ' City'"),
    "rename the people": lambda w: w.sql("UPDATE person SET name = 'Somebody else'"),
    "rename the plan": lambda w: w.sql(
        "UPDATE milestone SET title = 'Another'; UPDATE indicator SET title = 'Else', unit = 'x'"
    ),
    "forget who wrote it": _forget,
}
"""What may happen afterwards, in an order in which all of it is possible but what REFUSED names."""

REFUSED = {"edit the report", "publish it again"}
"""What nobody can do with a published report."""


@pytest.fixture
async def world(cast: Cast, signed_in: SignedIn, connection: Connection) -> World:
    """Bytes are those of the moment at which it was published."""
    project = await factories.joint_project(cast, "active")
    await factories.add_milestone(cast, project.id, title="Staff are trained")
    await factories.add_budget_line(cast, project.id, cast.nairobi, PLAN)
    report = await factories.status_report(cast, project)
    world = World(cast, project, report.id, await signed_in("auditor"), connection)
    world.before.append(await world.bytes())
    return world


@settings(
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(names=st.lists(st.sampled_from(sorted(DEEDS)), min_size=3, max_size=8, unique=True))
async def test_published_bytes_never_change(world: World, names: list[str]) -> None:
    for name in names:
        try:
            await DEEDS[name](world)
        except Refusal:
            continue  # not possible just now
    assert await world.bytes() == world.before[0], names


async def test_published_bytes_outlast_all_of_it_and_a_year(world: World) -> None:
    """No deed is there in vain: each takes effect once, and the report stays as it is."""
    refused = set()
    for name, deed in DEEDS.items():
        try:
            await deed(world)
        except Refusal:
            refused.add(name)
        assert await world.bytes() == world.before[0], name
    assert refused == REFUSED
    with clock.at(clock.now() + timedelta(days=400)):
        assert await world.told() == world.before[0][2]
