"""A small portfolio with something of everything, and what documents about it can name."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from tests import factories
from tests.cast import Cast
from tests.domain.test_budgets import PLAN
from tests.domain.test_comments import draft as said
from tests.domain.test_risks import ISSUE
from tests.domain.test_risks import draft as risk_draft
from tests.graphql.documents import orders, together
from tests.graphql.drawing import Order, Seeds, ordered_by
from tests.graphql.worlds import break_down, invite, spend
from tracker.domain import clock
from tracker.domain.actor import SYSTEM, Actor
from tracker.domain.answers import stuck
from tracker.domain.answers.tables import InboundMail, InboundOutcome
from tracker.domain.budgets.rates import import_rates, read_rates
from tracker.domain.comments import actions as comments
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.deliveries.tables import Delivery, Suppression, SuppressionReason
from tracker.domain.digests.actions import send_now, subscribe
from tracker.domain.digests.feeds import issue_feed
from tracker.domain.digests.hooks import HookDraft, set_up_hook
from tracker.domain.digests.rules import Schedule
from tracker.domain.digests.tables import Cadence, HookFormat
from tracker.domain.people import delegations
from tracker.domain.people.delegations import DelegationPlan
from tracker.domain.people.proofs import Method
from tracker.domain.people.sessions import admit
from tracker.domain.people.tokens import issue_token
from tracker.domain.reminders import mailing as reminders
from tracker.domain.risks import actions as risks
from tracker.domain.status_reports.actions import add_addendum
from tracker.graphql import respond
from tracker.graphql.planner.declare import Declaration, Registry, Scalar
from tracker.graphql.planner.kinds import constant

STATES = ("draft", "submitted", "agreed", "active", "suspended", "finalising", "closed",
          "cancelled")  # fmt: skip

VIEWER_TOKENS = (":person", ":cities", ":secretariat")


async def make(cast: Cast) -> None:
    """Projects in many states with all their parts, practices, requests and a digest."""
    for state in STATES:
        project = await factories.joint_project(
            cast, state, title=f"Permits, {state}", confidential=state == "suspended"
        )
        if state == "active":
            await factories.add_milestone(cast, project.id, title="Counter closes", weight=3)
            await factories.add_indicator(cast, project.id, title="Share online")
            await factories.value(cast, project, "superseded")
            await _money(cast, project.id)
            await _reports(cast, project)
            await _risks(cast, project.id)
            await _comments(cast, project)
            for what in ("Flights", "Rooms"):
                await break_down(cast, project)
                await spend(cast, project.id, what)
    for practice in ("draft", "published", "archived"):
        await factories.practice(cast, practice, title=f"One-stop permits {practice}")
    for need in ("Less queueing", "Permits online"):
        await factories.request(cast, title=need)
    for mayor in (cast.nairobi_mayor, cast.seoul_mayor):
        assert mayor.person_id
        await subscribe(mayor, mayor.person_id, Schedule(cadence=Cadence.WEEKLY))
        await send_now(mayor, mayor.person_id)
        await issue_feed(mayor, mayor.person_id)
        await set_up_hook(
            mayor,
            mayor.person_id,
            HookDraft(format=HookFormat.SLACK, address="https://hooks.example.org/a"),
        )
        await issue_token(mayor, mayor.person_id, purpose="Feeds")
    await _mails()
    await _people(cast)


async def _mails() -> None:
    """Addresses that got no mail, and mails that got nowhere."""
    for name, lifted in (("gone", None), ("back", clock.now())):
        await Suppression(
            address=f"{name}@example.org",
            reason=SuppressionReason.BOUNCED,
            detail="550 5.1.1 unknown",
            created_at=clock.now(),
            lifted_at=lifted,
            lift_reason="It is back." if lifted else "",
        ).save()
        await stuck.failed("imaps://mail.example.org/INBOX", name, ValueError())
    delivery = await Delivery.objects().order_by(Delivery.id).first()
    for outcome, reason, of in (
        (InboundOutcome.REFUSED, "It is closed.", delivery),
        (InboundOutcome.FORGED, None, None),
    ):
        await InboundMail(
            message_hash=outcome.value, delivery=of, outcome=outcome, reason=reason,
            received_at=clock.now(),
        ).save()  # fmt: skip


async def _reports(cast: Cast, project: factories.JointProject) -> None:
    """One city has published and added twice, the other is reminded."""
    done = await factories.status_report(cast, project, "nairobi")
    for text in ("There were 41 testers.", "And 42 since."):
        await add_addendum(cast.nairobi_cio, done.id, text)
    draft = await factories.status_report(cast, project, "seoul", "edited")
    with clock.at(factories.noon(draft.due_on)):
        await reminders.sweep()


async def _people(cast: Cast) -> None:
    """Who is signed in, invited, or decides in the mayor's place."""
    for actor in (cast.officer, cast.auditor, cast.nairobi_mayor):
        assert actor.person_id
        for method in (Method.LINK, Method.DEMONSTRATION):
            await admit(actor.person_id, method)
    await invite(cast)
    deputy = cast.nairobi_cio.person_id
    assert deputy
    for first in (2, 20):
        days = factories.today(first), factories.today(first + 7)
        plan = DelegationPlan(person_id=deputy, starts_on=days[0], ends_on=days[1])
        await delegations.grant(cast.nairobi_mayor, cast.nairobi, plan)


async def _money(cast: Cast, project_id: int) -> None:
    for published in ("2026-02-25", "2026-03-02"):
        await import_rates(
            cast.administrator, read_rates(f"Date,USD,KRW\n{published},1.2,1600\n"), "X"
        )
    for amount, day in (("16000", date(2026, 3, 5)), ("0.5", date(2026, 3, 2))):
        plan = replace(PLAN, amount=Decimal(amount), currency="KRW", value_on=day)
        await factories.add_budget_line(cast, project_id, cast.seoul, plan)


async def _risks(cast: Cast, project_id: int) -> None:
    for each in (risk_draft(person_id=cast.nairobi_cio.person_id), risk_draft(**ISSUE)):
        await risks.add(cast.nairobi_coordinator, project_id, cast.nairobi, each)


async def _comments(cast: Cast, project: factories.JointProject) -> None:
    for kind, number in (
        (CommentSubject.PROJECT, project.id),
        (CommentSubject.MILESTONE, project.milestone_id),
    ):
        about = said(kind, number, "Who pays?", cast.seoul_coordinator, cast.nairobi_mayor)
        await comments.add(cast.nairobi_coordinator, about)


async def seeds(registry: Registry, witnesses: Sequence[Actor] = (SYSTEM,)) -> Seeds:
    """Ids, values and cursors of everything there is now, as far as the witnesses see it."""
    made = Seeds({}, _constants(), {}, {})
    for name, declaration in registry.declarations.items():
        seen = [await _rows(declaration, each) for each in witnesses]
        if rows := [row for each in seen for row in each]:
            seldom = [each for each, _ in Counter(row["id"] for row in rows).most_common()][::-1]
            made.ids[name] = [*seldom[:1], *seldom[1:][-8:]]
            _note(made, declaration, rows)
            most = max(range(len(seen)), key=lambda at: len(seen[at]))
            made.cursors[name] = await _cursors(declaration, witnesses[most])
    values = {name: sorted(each) for name, each in made.values.items()}
    return replace(made, values=values)


def _constants() -> dict[str, Any]:
    """Values to compare with, beside those of the data."""
    return {
        "ID": {"City:1"},
        "String": {"a", "Permits", "e", "", "서울", "%"},
        "Int": {0, 1, 11},
        "Date": {"2026-01-31"},
        "DateTime": {"2026-01-31T08:00:00Z"},
        "Decimal": {"0", "1.50", "12"},
        "JSON": {"x"},
    }


async def _rows(declaration: Declaration, actor: Actor) -> list[dict[str, Any]]:
    names = [name for name, field in declaration.fields.items() if isinstance(field, Scalar)]
    document = f"{{ {declaration.plural}(first: 100) {{ nodes {{ {' '.join(names)} }} }} }}"
    found: list[dict[str, Any]] = (await _data(document, actor))[declaration.plural]["nodes"]
    return found


def _note(made: Seeds, declaration: Declaration, rows: list[dict[str, Any]]) -> None:
    """Keep a few of the values of each field: the one that most rows have for most witnesses,
    the least and the greatest."""
    for name, field in declaration.fields.items():
        if not isinstance(field, Scalar) or field.kind.name in ("ID", "JSON"):
            continue
        given = [row[name] for row in rows if row[name] is not None]
        if field.kind.name.endswith("List"):
            given = [each for values in given for each in values]
        if known := Counter(each for each in given if _is_short(each)):
            [(common, _)] = known.most_common(1)
            few = list(dict.fromkeys([common, min(known), max(known)]))
            made.fields[declaration.name, name] = few
            if field.kind.name in made.values:
                made.values[field.kind.name].update(few[:2])


def _is_short(value: Any) -> bool:
    return not isinstance(value, str) or len(value) < 40


def _is_personal(declaration: Declaration, order: Order) -> bool:
    """Whether a row may have another cursor for another viewer."""
    fields = {constant(name): field for name, field in declaration.fields.items()}
    keys = [fields[name] for name, _ in order]
    return any(token in key.sql for key in keys if isinstance(key, Scalar)
               for token in VIEWER_TOKENS)  # fmt: skip


async def _cursors(declaration: Declaration, actor: Actor) -> dict[Order, list[str]]:
    """Some rows' cursors in every order that gives everybody the same ones."""
    known = [order for order in orders(declaration) if not _is_personal(declaration, order)]
    given = [f"first: 100, orderBy: {ordered_by(order)}" for order in known]
    data = await _data(together(declaration, given, "edges { cursor }"), actor)
    pages = [[edge["cursor"] for edge in page["edges"]] for page in data.values()]
    return {
        order: page[:: max(1, len(page) // 4)] for order, page in zip(known, pages, strict=True)
    }


async def _data(document: str, actor: Actor = SYSTEM) -> dict[str, Any]:
    answer = await respond(document, actor=actor, limits=None)
    found: dict[str, Any] = orjson.loads(answer.body)
    assert "errors" not in found, found
    data: dict[str, Any] = found["data"]
    return data
