"""What the matrix's world holds before anything is marked, made by the actions."""

from dataclasses import replace
from decimal import Decimal

from asyncpg import Connection

from tests import factories
from tests.cast import Cast, email
from tests.domain.test_budgets import PLAN
from tests.domain.test_comments import draft as said
from tests.domain.test_risks import ISSUE
from tests.domain.test_risks import draft as risk_draft
from tracker.domain import clock
from tracker.domain.actor import SYSTEM, Role
from tracker.domain.budgets import transactions
from tracker.domain.budgets.rates import import_rates, read_rates
from tracker.domain.budgets.tables import TransactionType
from tracker.domain.budgets.transactions import TransactionDraft
from tracker.domain.comments import actions as comments
from tracker.domain.comments.actions import CommentText
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.digests.actions import send_now, subscribe
from tracker.domain.digests.feeds import issue_feed
from tracker.domain.digests.hooks import HookDraft, set_up_hook
from tracker.domain.digests.reading import open_copy
from tracker.domain.digests.rules import Schedule
from tracker.domain.digests.tables import HookFormat
from tracker.domain.evaluations import actions as evaluations
from tracker.domain.evaluations.tables import Evaluation
from tracker.domain.leaving.actions import end_membership
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones.actions import MilestonePlan
from tracker.domain.milestones.attaching import EvidenceLink, attach_file
from tracker.domain.milestones.evidence import ReceivedFile
from tracker.domain.milestones.tables import Evidence
from tracker.domain.outcomes import attaching, drafting, library, periods, verdicts
from tracker.domain.outcomes.actions import DimensionPlan
from tracker.domain.outcomes.content import PartDraft, ValueDraft
from tracker.domain.outcomes.library import DefinitionPlan
from tracker.domain.outcomes.tables import (
    Accumulation,
    Aggregation,
    Benefit,
    Dimension,
    Measure,
    Period,
    ResultType,
    Value,
    ValueState,
)
from tracker.domain.people import queries
from tracker.domain.people.actions import grant
from tracker.domain.people.invitations import InvitationDraft, send_invitation
from tracker.domain.people.sessions import open_session
from tracker.domain.people.tokens import issue_token
from tracker.domain.plan_changes import actions as plan_changes
from tracker.domain.plan_changes.drafts import (
    AdoptedIndicator,
    MilestoneMove,
    NewIndicator,
    NewPeriod,
    PlanChangeDraft,
    TargetChange,
)
from tracker.domain.projects import actions as projects
from tracker.domain.projects import decisions, lifecycle
from tracker.domain.projects.confidentiality import ask_conceal
from tracker.domain.projects.raising import Escalation, WaiverRequest, ask_waiver, escalate
from tracker.domain.projects.tables import Decision, DecisionState, Requirement
from tracker.domain.reminders import mailing as reminders
from tracker.domain.risks import actions as risks
from tracker.domain.risks.actions import RiskAssessment
from tracker.domain.status_reports.actions import add_addendum
from tracker.domain.status_reports.tables import StatusReport

STATES = ("draft", "submitted", "under_review", "returned", "agreed", "active", "suspended",
          "closed", "cancelled", "rejected", "withdrawn")  # fmt: skip


async def fill(cast: Cast) -> None:
    """Rows of every type in every state that matters, made by the actions."""
    for state in STATES:
        project = await factories.joint_project(cast, state, title=f"Permits {state}")
        if state == "active":
            reported = project
            await _enrich(cast, project)
    await _of_lima(cast)
    await _left(cast)
    hidden = await factories.joint_project(cast, "closed", title="Quiet", confidential=True)
    quiet = await factories.joint_project(cast, "active", title="Quietly", confidential=True)
    asked = await factories.joint_project(cast, "active", title="To be quiet")
    await ask_conceal(cast.nairobi_coordinator, asked.id, "There is a court case.")
    half = await factories.joint_project(cast, "finalising", title="Half told")
    await factories.evaluate(cast, half.id, "seoul")
    partly = factories.evaluation_draft(impact=None)
    for answers in (partly, factories.evaluation_draft()):
        await evaluations.draft(cast.nairobi_coordinator, half.id, cast.nairobi, answers)
    told = await factories.joint_project(cast, "finalising", title="Told by both")
    await evaluations.draft(cast.seoul_coordinator, told.id, cast.seoul, partly)
    await factories.evaluate(cast, told.id)
    assert hidden.id
    await _reports(cast, asked, quiet, reported)
    await _comments(cast, reported)
    await _raised(cast, reported)
    [evaluation] = await Evaluation.objects().where(
        Evaluation.project == half.id, Evaluation.city == cast.seoul
    )
    about = said(CommentSubject.EVALUATION, evaluation.id, "Is it fair", cast.seoul_mayor)
    await comments.add(cast.seoul_mayor, about)
    for project in (quiet, await factories.joint_project(cast, "draft", title="Said early")):
        about = said(CommentSubject.PROJECT, project.id, "Between us", cast.nairobi_cio)
        await comments.add(cast.nairobi_coordinator, about)
    for state in ("draft", "published", "archived"):
        await factories.practice(cast, state, title=f"Counter {state}")
    await factories.request(cast)
    await import_rates(SYSTEM, read_rates("Date,USD,KRW\n2026-02-25,1.2,1600\n"), "Bank")
    for name in ("nairobi_mayor", "lima_coordinator"):
        actor = cast[name]
        assert actor.person_id
        await subscribe(actor, actor.person_id, Schedule())
        issue = await send_now(actor, actor.person_id)
        await open_copy(actor, issue.id)
        await issue_feed(actor, actor.person_id)
        await set_up_hook(
            actor,
            actor.person_id,
            HookDraft(format=HookFormat.SLACK, address="https://hooks.example.org/a"),
        )
        await issue_token(actor, actor.person_id, purpose="Feeds")
        await open_session(actor.person_id)
    for number, city in enumerate((cast.nairobi, cast.lima, cast.seoul)):
        draft = InvitationDraft(email=f"guest{number}@example.org", role=Role.CIO, city_id=city)
        await send_invitation(cast.administrator, draft)


async def _reports(
    cast: Cast, late: factories.JointProject, *projects: factories.JointProject
) -> None:
    """One city has published, with an addendum; the other is still at it, and is reminded; of one
    project it publishes after that."""
    for project in projects:
        done = await factories.status_report(cast, project, "nairobi")
        await add_addendum(cast.nairobi_cio, done.id, "There were 41 testers.")
        draft = await factories.status_report(cast, project, "seoul", "edited")
    with clock.at(factories.noon(draft.due_on)):
        await reminders.sweep()
    await factories.status_report(cast, late, "seoul")


async def _of_lima(cast: Cast) -> None:
    """Projects of a city that is foreign to all the others, so that it takes part in something."""
    drafted = factories.proposal(cast, donor_city_id=cast.seoul, recipient_city_id=cast.lima)
    project = await projects.propose(cast.lima_coordinator, drafted)
    await lifecycle.submit(cast.lima_coordinator, project.id)
    await lifecycle.review(cast.officer, project.id)
    await projects.propose(cast.lima_coordinator, drafted)


async def _left(cast: Cast) -> None:
    """Somebody who did things for Nairobi once, and does not belong to it any more."""
    person = cast.lima_coordinator.person_id
    assert person
    made = [
        await factories.joint_project(cast, "draft", title="Once open"),
        await factories.joint_project(cast, "draft", title="Once quiet", confidential=True),
        await factories.joint_project(cast, "draft", title="Once a draft"),
    ]
    held = [await grant(SYSTEM, person, cast.nairobi, role)
            for role in (Role.COORDINATOR, Role.MAYOR)]  # fmt: skip
    actor = await queries.actor_by_email(email("lima_coordinator"))
    assert actor
    for project in made:
        plan = MilestonePlan(title="A deed", due_on=factories.today(50))
        await milestones.add(actor, project.id, cast.nairobi, plan)
    for project in made[:2]:
        await factories.advance(cast, project, *factories.projects.ROUTES["agreed"])
    for decision in await Decision.objects().where(
        Decision.project == made[0].id,
        Decision.city == cast.nairobi,
        Decision.state == DecisionState.PENDING,
    ):
        await decisions.give(actor, decision.id)
    for membership in held:
        await end_membership(SYSTEM, membership.id, left_to_city=True)


async def _enrich(cast: Cast, project: factories.JointProject) -> None:
    """Something of everything that stays inside."""
    author, judge = cast.nairobi_coordinator, cast.seoul_coordinator
    await factories.value(cast, project, "superseded")
    for state in ("submitted", "returned"):
        indicator = await factories.add_indicator(cast, project.id, title=f"Share {state}")
        [period] = await Period.objects().where(Period.indicator == indicator.id)
        await factories.value(cast, replace(project, period_id=period.id), state)
    await _drafts(cast, project)
    await _adopt(cast, project)
    waived = await factories.add_indicator(cast, project.id, title="Never measured")
    [period] = await Period.objects().where(Period.indicator == waived.id)
    await periods.waive_period(cast.officer, period.id, "Nobody counts it.")
    await periods.lock_period(cast.officer, period.id)
    await periods.reopen_period(cast.officer, period.id, "It is counted after all.")
    await periods.lock_period(cast.officer, period.id)
    step = await factories.add_milestone(
        cast, project.id, title="Staff are trained", acceptance_criteria="Nine people pass."
    )
    await factories.move_milestone(cast, step.id, factories.today(40), "The room is taken.")
    file = ReceivedFile("k" * 32, "list.pdf", "application/pdf", 9, "a" * 64)
    await attach_file(author, step.id, file)
    link = EvidenceLink(title="Photos", url="https://example.org/photos")
    await milestones.submit(author, step.id, milestones.MilestoneReport(
        completed_on=factories.today(-1), evidence=[link]))  # fmt: skip
    await milestones.return_(judge, step.id, "Two names are missing.")
    done = await factories.add_milestone(cast, project.id, title="Papers are signed")
    await milestones.submit(author, done.id, milestones.MilestoneReport(
        completed_on=factories.today(-1), evidence=[link]))  # fmt: skip
    await milestones.accept(judge, done.id)
    # Of the other side, for whom Nairobi's people are the second pair of eyes.
    plan = MilestonePlan(title="Servers are sent", due_on=factories.today(60))
    theirs = await factories.agree_milestone(cast, project.id, cast.seoul, plan)
    await milestones.submit(judge, theirs.id, milestones.MilestoneReport(
        completed_on=factories.today(-1), evidence=[link]))  # fmt: skip
    line = replace(PLAN, amount=Decimal(5), currency="KES", value_on=factories.today())
    spent = TransactionDraft(
        type=TransactionType.EXPENDITURE, description="Chairs", value_on=factories.today(-2),
        amount=Decimal(3), currency="KES",
    )  # fmt: skip
    booked = await transactions.book(author, project.id, cast.nairobi, spent)
    await transactions.reverse(author, booked.id, "They were sent back.")
    await transactions.book(judge, project.id, cast.seoul, spent)
    await factories.add_budget_line(cast, project.id, cast.nairobi, line)
    later = factories.today(200)
    for proposer, city in ((author, cast.nairobi), (judge, cast.seoul)):
        moved = [MilestoneMove(milestone_id=project.milestone_id, due_on=factories.today(70))]
        target = [TargetChange(period_id=project.period_id, target_value=Decimal(11))]
        measured = {
            "targets": target,
            "new_periods": [
                NewPeriod(indicator_id=project.indicator_id, starts_on=later, ends_on=later)
            ],
            "new_indicators": [
                NewIndicator(
                    result_id=project.result_id, title="Cost", measure=Measure.UNIT, unit="KES",
                    ascending=False,
                )
            ],
        }  # fmt: skip
        mine = {"moves": moved} if city == cast.nairobi else measured
        draft = PlanChangeDraft(reason="The hall is let.", **mine)
        await plan_changes.propose(proposer, project.id, city, draft)
    await _risk(cast, project.id)


async def _risk(cast: Cast, project_id: int) -> None:
    """A risk that was reworded and assessed again, and an issue that is over."""
    held = replace(risk_draft(), description="D", person_id=cast.nairobi_cio.person_id)
    risk = await risks.add(cast.nairobi_coordinator, project_id, cast.nairobi, held)
    await risks.edit(cast.nairobi_coordinator, risk.id, replace(held, title="The law waits"))
    again = RiskAssessment(probability=5, impact=5, review_on=factories.today(3), note="N")
    await risks.assess(cast.nairobi_coordinator, risk.id, again)
    issue = await risks.add(cast.seoul_coordinator, project_id, cast.seoul, risk_draft(**ISSUE))
    await risks.close(cast.seoul_coordinator, issue.id, "It is over.")


async def _raised(cast: Cast, project: factories.JointProject) -> None:
    """Questions to both mayors and to the secretariat, answered or not, and a requirement that is
    waived and one that somebody wants to be."""
    own, theirs = cast.nairobi_coordinator, cast.seoul_coordinator
    for city in (cast.seoul, cast.nairobi, None):
        await escalate(theirs, project.id, Escalation(question="Who pays", city_id=city))
    done = await escalate(own, project.id, Escalation(question="Who comes", city_id=cast.seoul))
    await decisions.answer(cast.seoul_mayor, done.id, "We all do")
    for requirement in (Requirement.REPORTED, Requirement.EVALUATED):
        why = WaiverRequest(requirement=requirement, question="Nobody is left")
        waiver = await ask_waiver(own, project.id, why)
    await decisions.give(cast.officer, waiver.id)


async def _comments(cast: Cast, project: factories.JointProject) -> None:
    """On something that everybody inside sees, on what only a city sees, rewritten, withdrawn."""
    own, theirs = cast.nairobi_coordinator, cast.seoul_coordinator
    first = await comments.add(
        own, said(CommentSubject.MILESTONE, project.milestone_id, "A question", theirs)
    )
    await comments.edit(own, first.id, CommentText(text="Another question"))
    gone = await comments.add(theirs, said(CommentSubject.PROJECT, project.id, "Oh", own))
    await comments.edit(theirs, gone.id, CommentText(text="Oh no", person_ids=[own.person_id or 0]))
    await comments.withdraw(cast.officer, gone.id)
    drafts = await Value.objects().where(Value.state == ValueState.DRAFT).order_by(Value.id)
    for value, who in ((each, own if each.city == cast.nairobi else theirs) for each in drafts):
        shown = await Evidence.objects().where(Evidence.value == value.id)
        about = [(CommentSubject.VALUE, value.id)]
        about += [(CommentSubject.EVIDENCE, each.id) for each in shown]
        for kind, number in about:
            await comments.add(who, said(kind, number, "Is that so", who))
    for report in await StatusReport.objects().where(StatusReport.project == project.id):
        who = own if report.city == cast.nairobi else theirs
        await comments.add(who, said(CommentSubject.STATUS_REPORT, report.id, "Is that all"))


async def come_back(owner: Connection) -> None:
    """Mails to everybody, at the addresses that they have once these are marked."""
    await owner.execute(
        "INSERT INTO suppression (address, reason, detail, created_at)"
        " SELECT lower(email), 'bounced', 'D', now() FROM person"
    )


async def complete(cast: Cast, owner: Connection) -> None:
    """What no action does, or not so quickly: mails that were composed, notes of reviewers, people
    who asked to be forgotten and were, every way to sign in."""
    await owner.execute(
        "UPDATE digest_issue SET subject = 'S', html = 'H', text = 'T', sheet = 'P',"
        " composed_at = now(), opened_at = now(), verdict = 'useful'"
    )
    await owner.execute(
        "UPDATE delivery SET message_id = '<' || id || '@example.org>', relay = 'R',"
        " last_error = 'E', message = CASE WHEN NOT sealed THEN"
        " convert_to(E'To: a@example.org\\r\\nSubject: S\\r\\n\\r\\nB', 'UTF8') END"
    )
    await owner.execute(
        "INSERT INTO suppression (address, reason, detail, delivery, created_at, lifted_at,"
        " lift_reason) SELECT 'gone@example.org', 'bounced', 'D', min(id), now(), now(), 'L'"
        " FROM delivery"
    )
    await owner.execute(
        "INSERT INTO inbound_mail (message_hash, delivery, outcome, reason, received_at)"
        " SELECT 'H', min(id), 'refused', 'R', now() FROM delivery"
    )
    await owner.execute(
        "INSERT INTO stuck_mail (box, key, tries, error, since, next_try_at, set_aside_at)"
        " VALUES ('B', 'K', 1, 'E', now(), now(), now())"
    )
    await owner.execute("UPDATE value SET review_note = 'N' WHERE review_note IS NULL")
    await owner.execute(
        "UPDATE person SET erasure_asked_at = now(), erased_at = now(), quiet_from = 21,"
        " quiet_until = 6"
    )
    await owner.execute(_PROOFS)
    for city in (cast.nairobi, cast.lima):
        await owner.execute(
            "INSERT INTO sign_on (city, issuer, client_id, active, created_at)"
            " VALUES ($1, 'https://id.example.org', 'tracker', false, now())", city,
        )  # fmt: skip


_PROOFS = """
INSERT INTO password (person, hash, set_at) SELECT id, 'x', now() FROM person
    ON CONFLICT (person) DO UPDATE SET hash = 'x', set_at = now();
INSERT INTO second_factor (person, sealed, last_step, recovery_hashes, created_at, confirmed_at)
    SELECT id, 'x', 0, '{y}', now(), now() FROM person
"""
"""Everybody signs in by everything."""


async def _adopt(cast: Cast, project: factories.JointProject) -> None:
    """A ready indicator that a project adopts, and one that is retired."""
    ready = DefinitionPlan(
        title="Delegations received", result_title="Known abroad",
        result_type=ResultType.OUTPUT, benefit=Benefit.DONOR, measure=Measure.UNIT,
        ascending=True, accumulation=Accumulation.PERIOD, aggregation=Aggregation.SUM,
        unit="delegations", means_of_verification="The protocol office's calendar.",
    )  # fmt: skip
    first = await library.add_definition(cast.officer, ready)
    wanted = PlanChangeDraft(
        reason="Both like to know.", adopted=[AdoptedIndicator(definition_id=first.id)]
    )
    await factories.agree_change(cast, project.id, cast.nairobi, wanted)
    second = await library.add_definition(cast.officer, ready)
    await library.retire_definition(cast.officer, second.id)


async def _drafts(cast: Cast, project: factories.JointProject) -> None:
    """Drafts of both cities with what shows them, parts of a value, and what is said of one."""
    link = EvidenceLink(title="Register", url="https://example.org/register")
    indicator = await factories.add_indicator(
        cast, project.id, title="Permits by gender",
        dimensions=[DimensionPlan(name="gender", categories=["women", "men"])],
    )  # fmt: skip
    [period] = await Period.objects().where(Period.indicator == indicator.id)
    [dimension] = await Dimension.objects().where(Dimension.indicator == indicator.id)
    parts = [
        PartDraft(dimension_id=dimension.id, category=each, value=Decimal(5))
        for each in ("women", "men")
    ]
    value = await factories.value(
        cast, replace(project, period_id=period.id), "approved", parts=parts
    )
    await verdicts.dispute(cast.seoul_coordinator, value.id, "The register says eleven.")
    await verdicts.answer(cast.nairobi_coordinator, value.id, "Without those withdrawn.")
    other = await factories.add_indicator(
        cast, project.id, title="Being written",
        dimensions=[DimensionPlan(name="age", categories=["young", "old"])],
    )  # fmt: skip
    [period] = await Period.objects().where(Period.indicator == other.id)
    [dimension] = await Dimension.objects().where(Dimension.indicator == other.id)
    young = [PartDraft(dimension_id=dimension.id, category="young", value=Decimal(1))]
    for actor, city in (
        (cast.nairobi_coordinator, cast.nairobi),
        (cast.seoul_coordinator, cast.seoul),
    ):
        draft = ValueDraft(value=Decimal(3), narrative="Not sure yet.", parts=young)
        row = await drafting.draft(actor, period.id, city, draft)
        await attaching.attach(actor, row.id, [link])
        await drafting.redraft(actor, row.id, draft)
    shown = await factories.add_indicator(cast, project.id, title="With its register")
    [period] = await Period.objects().where(Period.indicator == shown.id)
    ours = ValueDraft(value=Decimal(4), narrative="As counted.")
    row = await drafting.draft(cast.nairobi_coordinator, period.id, cast.nairobi, ours)
    await attaching.attach(cast.nairobi_coordinator, row.id, [link])
    await drafting.submit(cast.nairobi_coordinator, row.id)
