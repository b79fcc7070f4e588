"""What a digest tells, line by line."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests import factories
from tests.cast import Cast, email
from tests.domain.test_budgets import PLAN
from tests.domain.test_delegations import delegate, deputy
from tests.domain.test_independence import decision
from tests.domain.test_risks import draft as risk_draft
from tests.workers.conftest import Outbox
from tests.workers.test_digests import late_project
from tracker import locale
from tracker.digests import writing
from tracker.domain import clock
from tracker.domain.digests import actions
from tracker.domain.digests.issues import Owed, owe_issues
from tracker.domain.digests.queries import recipient_by_email
from tracker.domain.digests.rules import Period, Schedule
from tracker.domain.digests.tables import DigestKind
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones.actions import MilestoneReport
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.milestones.tables import Milestone
from tracker.domain.outcomes import verdicts
from tracker.domain.outcomes.actions import PeriodPlan
from tracker.domain.outcomes.tables import Measure
from tracker.domain.outcomes.tables import Period as MeasuredPeriod
from tracker.domain.plan_changes.actions import propose
from tracker.domain.plan_changes.drafts import NewBudgetLine, PlanChangeDraft
from tracker.domain.projects import decisions
from tracker.domain.projects.tables import Decision
from tracker.domain.risks import actions as risks
from tracker.locale import Reader
from tracker.settings import Settings
from tracker.workers.digests import preview

pytestmark = pytest.mark.usefixtures("reads")

FIGURES = "40 → 12 / 10 days".replace(" ", "\u00a0")


async def test_decisions_are_the_mayors_own(cast: Cast, settings: Settings) -> None:
    await factories.joint_project(cast, "under_review", title="Bus lanes by sensor")
    made = await preview(settings, email("nairobi_mayor"))
    assert made.subject == "1 project needs your decision"
    assert "Endorse the proposal: Bus lanes by sensor" in made.text
    [decision] = await Decision.select().where(Decision.city == cast.nairobi)
    link = f"{settings.base_url}/decisions/{decision['id']}"
    assert f'href="{link}"' in made.html
    assert link in made.text
    assert "Decisions for you" not in (await preview(settings, email("nairobi_cio"))).text
    assert "Bus lanes" not in (await preview(settings, email("lima_mayor"))).text


async def test_mayor_reads_what_a_deputy_decided_in_their_name_within_the_period(
    cast: Cast, settings: Settings
) -> None:
    await delegate(cast)
    project = await factories.joint_project(cast, "under_review", title="Bus lanes by sensor")
    settled = await decision(project.id, cast.nairobi)
    await decisions.refuse(await deputy(), settled, "Too late.")
    made = await preview(settings, email("nairobi_mayor"))
    told = made.text.partition("Decided in your name")[2].partition("Waiting")[0]
    assert "Endorse the proposal: Bus lanes by sensor" in told
    today = Reader("en").day(factories.today(0, "Africa/Nairobi"))
    assert f"Refused: Nairobi: cio, {today}" in told
    assert f"{settings.base_url}/decisions/{settled}" in told
    assert f'href="{settings.base_url}/decisions/{settled}"' in made.html
    for other in ("nairobi_cio", "seoul_mayor"):
        assert "in your name" not in (await preview(settings, email(other))).text
    at = clock.now() - timedelta(days=60)
    await Decision.update({Decision.decided_at: at}).where(Decision.id == settled)
    assert "in your name" not in (await preview(settings, email("nairobi_mayor"))).text


async def test_late_projects_say_why_and_since_when(cast: Cast, settings: Settings) -> None:
    await late_project(cast, 35)
    await late_project(cast, 12, "Tax by phone")
    await factories.joint_project(cast, "active")
    made = await preview(settings, email("nairobi_mayor"))
    assert made.subject == "1 project off track, 1 at risk, 1 on track"
    red, amber = made.text.index("■ Off track"), made.text.index("▲ At risk")
    assert red < amber
    assert "“Data migration” is 35 days late (Nairobi)." in made.text
    since = locale.Reader("en").day(factories.today(-4, "Africa/Nairobi"))
    assert f"Since {since}" in made.text
    assert "Next: Permit portal is live, Nairobi" in made.text


async def test_subject_begins_with_what_needs_a_decision(cast: Cast, settings: Settings) -> None:
    await factories.joint_project(cast, "active")
    await late_project(cast, 35)
    await factories.joint_project(cast, "under_review", title="Bus lanes by sensor")
    made = await preview(settings, email("nairobi_mayor"))
    assert made.subject == "1 project needs your decision, 1 off track, 1 on track"


async def test_subject_of_the_secretariat_names_proposals_before_projects(
    cast: Cast, settings: Settings
) -> None:
    await factories.joint_project(cast, "submitted")
    await late_project(cast, 35)
    await late_project(cast, 12, "Tax by phone")
    made = await preview(settings, email("officer"))
    assert made.subject == "1 proposal to review, 1 project off track, 1 at risk"


async def test_health_that_nobody_knows_is_called_unknown_and_never_on_track(
    cast: Cast, settings: Settings
) -> None:
    with clock.at(clock.now() - timedelta(days=40)):
        await factories.joint_project(cast, "active", anew=True)
    await Milestone.update({Milestone.due_on: factories.today(60)}, force=True)
    made = await preview(settings, email("nairobi_mayor"))
    assert made.subject == "1 project with unknown health"
    for body in (made.text, made.html):
        assert re.search(r"○(</span>)? Unknown", body)
        assert "On track" not in body
    await late_project(cast, 35)
    made = await preview(settings, email("nairobi_mayor"))
    assert made.subject == "1 project off track, 1 unknown"


async def test_project_that_waits_for_acceptance_is_on_track(
    cast: Cast, settings: Settings
) -> None:
    with clock.at(clock.now() - timedelta(days=19)):
        await late_project(cast, 15)
    schedule = Schedule(weekday=(factories.today(-3)).isoweekday())
    await actions.subscribe(cast.nairobi_mayor, cast.nairobi_mayor.person_id or 0, schedule)
    [step] = await Milestone.objects().where(Milestone.title == "Data migration")
    link = EvidenceLink(title="Photo", url="https://example.org/photo")
    with clock.at(clock.now() - timedelta(days=9)):
        report = MilestoneReport(completed_on=step.due_on, evidence=[link])
        await milestones.submit(cast.nairobi_coordinator, step.id, report)
    made = await preview(settings, email("nairobi_mayor"))
    assert made.subject == "1 project on track"
    assert "Data migration" not in made.text
    await milestones.return_(cast.seoul_coordinator, step.id, "Which one?")
    made = await preview(settings, email("nairobi_mayor"))
    assert "■ Off track" in made.text
    assert "before: on track" in made.text


async def test_colour_of_before_is_told(cast: Cast, settings: Settings) -> None:
    with clock.at(clock.now() - timedelta(days=20)):
        await late_project(cast, -12)  # due in 12 days: 8 days late by now
    schedule = Schedule(weekday=(factories.today(-3)).isoweekday())
    await actions.subscribe(cast.nairobi_mayor, cast.nairobi_mayor.person_id or 0, schedule)
    made = await preview(settings, email("nairobi_mayor"))
    assert "▲ At risk" in made.text
    assert "before: on track" in made.text


async def test_achieved_slipped_and_measured_are_told(cast: Cast, settings: Settings) -> None:
    project = await factories.joint_project(cast, "active")
    await factories.value(cast, project, "approved")
    await factories.add_milestone(cast, project.id, title="Staff are trained")
    moved = factories.today(50)
    await factories.move_milestone(cast, project.milestone_id, moved, "Servers late.")
    await factories.joint_project(cast, "closed", title="Open data")
    text = (await preview(settings, email("nairobi_mayor"))).text
    old, new = (locale.Reader("en").day(factories.today(n)) for n in (30, 50))
    assert f"Permit portal is live: {old} → {new}, move no. 1" in text
    assert "Servers late." in text
    assert "The project was completed: Open data" in text
    assert f"Days to a permit: {FIGURES}, 93% of the way" in text
    assert "Staff are trained" in text.partition("The next 30 days")[2]


async def test_achieved_milestone_tells_when_it_was_accepted_and_not_when_the_work_was_done(
    cast: Cast, settings: Settings
) -> None:
    with clock.at(clock.now() - timedelta(days=60)):
        project = await factories.joint_project(cast, "active", anew=True)
    link = EvidenceLink(title="It", url="https://x.example")
    report = MilestoneReport(completed_on=factories.today(-50), evidence=[link])
    await milestones.submit(cast.nairobi_coordinator, project.milestone_id, report)
    await milestones.accept(cast.seoul_coordinator, project.milestone_id)
    made = await preview(settings, email("nairobi_mayor"))
    today = Reader("en").day(factories.today(0, "Africa/Nairobi"))
    for body in (made.text, re.sub("<[^>]+>", "", made.html).replace("\u00a0", " ")):
        achieved = body.partition("Achieved in this period")[2].partition("Outcomes")[0]
        assert "Permit portal is live" in achieved
        assert f"accepted on {today}" in achieved


async def test_what_waits_for_a_city_is_told_once_with_its_day(
    cast: Cast, settings: Settings
) -> None:
    project = await factories.joint_project(cast, "active")
    value = await factories.value(cast, project)
    proof = [EvidenceLink(title="It", url="https://x.example")]
    handed_in = MilestoneReport(completed_on=factories.today(-2), evidence=proof)
    await milestones.submit(cast.nairobi_coordinator, project.milestone_id, handed_in)
    report = await factories.status_report(cast, project, state="empty")
    theirs = await factories.status_report(cast, project, "seoul", state="empty")
    lines = [NewBudgetLine(city_id=cast.seoul, **vars(PLAN))]
    draft = PlanChangeDraft(reason="It costs\nmore.", new_lines=lines)
    change = await propose(cast.seoul_coordinator, project.id, cast.seoul, draft)
    day = factories.today(2)
    own = risk_draft(person_id=cast.nairobi_coordinator.person_id, review_on=day)
    risk = await risks.add(cast.nairobi_coordinator, project.id, cast.nairobi, own)
    with clock.at(clock.now() + timedelta(days=5)):
        for name, expected in {
            "nairobi_coordinator": {f"plan-changes/{change.id}", f"reports/{report.id}",
                                    f"risks/{risk.id}"},
            "nairobi_mayor": {f"plan-changes/{change.id}", f"reports/{report.id}"},
            "seoul_approver": {f"values/{value.id}", f"reports/{theirs.id}",
                               f"milestones/{project.milestone_id}"},
            "lima_mayor": set(),
        }.items():  # fmt: skip
            made = await preview(settings, email(name))
            for written in (made.text, made.html):
                found = re.findall(
                    r"/((?:plan-changes|reports|risks|values|milestones)/\d+)", written
                )
                assert sorted(found) == sorted(expected), name
            begins = "{} things wait for your city, 1 project ", "우리 도시의 할 일 {}건, 사업 1건 "
            said = made.subject.startswith(tuple(each.format(len(expected)) for each in begins))
            assert said == bool(expected), "nothing is to be decided"
            if name == "nairobi_coordinator":
                waits = made.text.partition("Waiting for you and your city")[2]
                assert "A change of the plan to answer: It costs more. (Seoul)" in waits
                assert f"until {Reader('en').day(day)} – overdue" in waits


async def test_quiet_period_says_so_in_a_line(cast: Cast, settings: Settings) -> None:
    made = await preview(settings, email("lima_mayor"))
    assert made.subject == "No project is under way"
    assert "A quiet period: nothing needs you" in made.text
    assert "----" not in made.text


async def test_secretariat_reads_the_portfolio(cast: Cast, settings: Settings) -> None:
    await late_project(cast, 35)
    made = await preview(settings, email("officer"))
    assert made.subject == "1 project off track"
    portfolio = made.text.partition("The portfolio")[2]
    assert "Complaints in one app" in portfolio
    said = ", Seoul → Nairobi: ■ Off track, 35 days late\n"
    assert said in portfolio, "a joint project is both cities'"


async def test_secretariat_reads_of_many_projects_in_a_line_each(
    cast: Cast, settings: Settings
) -> None:
    for number in range(4):
        await late_project(cast, 12, f"Permits {number}")
        await late_project(cast, 35 + number, f"Complaints {number}")
    made = await preview(settings, email("officer"))
    for body in (made.text, made.html):
        portfolio = re.sub("<[^>]+>", "", body.partition("The portfolio")[2])
        late = re.findall(r"(\d\d)\sdays\slate", portfolio)
        assert late == ["38", "37", "36", "35", *["12"] * 4], (
            "the worst first, and none is left out"
        )


async def test_secretariat_reads_what_waits_for_its_review(cast: Cast, settings: Settings) -> None:
    first = await (await factories.joint_project(cast, "submitted")).row()
    second = await (await factories.joint_project(cast, "under_review")).row()
    made = await preview(settings, email("officer"))
    assert made.subject == "2 proposals to review"
    waits = made.text.partition("\nWaiting for you\n")[2]
    assert "Review the proposal: Seoul → Nairobi" in waits
    assert "Waiting for you and your city" not in made.html, "there is no city of theirs"
    for written in (waits, made.html):
        assert {first.code, second.code} <= set(re.findall(r"/projects/([\w-]+)", written))
    assert "proposal" not in (await preview(settings, email("seoul_coordinator"))).text


async def test_closing_digest_tells_both_mayors_what_was_achieved(
    cast: Cast, outbox: Outbox
) -> None:
    for name in ("seoul_mayor", "nairobi_mayor"):
        await actions.subscribe(cast[name], cast[name].person_id or 0, Schedule())
    await factories.joint_project(cast, "closed")
    await outbox.drain()
    nairobi, seoul = outbox.mails()
    assert nairobi["Subject"] == "Completed: Permits without queues"
    assert seoul["Subject"] == "완료: Permits without queues"
    text, _ = outbox.bodies(email("nairobi_mayor"))
    assert FIGURES in text
    assert "1 milestone was reached:" in text
    assert "Begin with the legal review" in text
    assert "Thank you" in text


async def test_closing_digest_says_findings_in_words(cast: Cast, outbox: Outbox) -> None:
    project = await factories.joint_project(cast, "active")
    words = {"measure": Measure.QUALITATIVE, "baseline_value": None, "baseline_on": None}
    span = PeriodPlan(starts_on=factories.today(-50), ends_on=factories.today(-10))
    for title in ("What residents say", "What clerks say"):
        await factories.add_indicator(
            cast, project.id, title=title, unit="", periods=[span], **words
        )
    [
        period
    ] = await MeasuredPeriod.raw("""SELECT q.id FROM period q JOIN indicator i ON i.id = q.indicator
        WHERE i.title = 'What residents say'""")
    said = {"value": None, "narrative": "They trust the portal."}
    await factories.value(cast, replace(project, period_id=period["id"]), "approved", **said)
    over = Period(f"project {project.id}", clock.now() - timedelta(days=7), clock.now())
    mayor = cast.nairobi_mayor.person_id or 0
    await owe_issues([Owed(mayor, over, DigestKind.CLOSING, project.id)])
    await outbox.drain()
    for written in outbox.bodies(email("nairobi_mayor")):
        shown = " ".join(re.sub("<[^>]*>", "", written).split())
        assert "What residents say: They trust the portal." in shown
        assert "What clerks say: No approved finding yet." in shown
        assert "no value yet" not in shown.partition("What residents say")[2]


async def test_outcomes_that_need_somebody_come_first(cast: Cast, settings: Settings) -> None:
    async def reported(title: str, figure: int) -> int:
        project = await factories.joint_project(cast, "active", title=title)
        return (await factories.value(cast, project, "approved", value=Decimal(figure))).id

    async def told() -> list[str]:
        text = (await preview(settings, email("nairobi_mayor"))).text
        return re.findall(r"(Phones|Buses|Lamps|Forms) \(ES", text.partition("Outcomes: base")[2])

    await reported("Buses", 9)
    await reported("Phones", 12)
    assert (await told())[:2] == ["Phones", "Buses"]  # the least of the way
    await reported("Lamps", 43)
    await verdicts.dispute(cast.seoul_coordinator, await reported("Forms", 12), "We count 14.")
    assert (await told())[:2] == ["Lamps", "Forms"]  # worse than at the start, disputed


async def test_digest_of_one_day_names_it_once(cast: Cast, settings: Settings) -> None:
    with clock.at(datetime(2026, 11, 26, 9, tzinfo=UTC)):
        to = clock.now()
        recipient = await recipient_by_email(email("nairobi_mayor"))
        assert recipient
        for hours, said in ((1, "Nov 26, 2026"), (24, "Nov 25, 2026 to Nov 26, 2026")):
            period = Period("now", to - timedelta(hours=hours), to)
            text = (await writing.write(settings, recipient, period)).text
            assert f"\n{said} · " in text
            assert "Nov 26, 2026 to" not in text
