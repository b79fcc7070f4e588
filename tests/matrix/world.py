"""A database with rows of every type in every state that matters, made by the actions; then each
text of each row gets a mark of its own, so that whatever reaches somebody can be told from where
it came."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from asyncpg import Connection
from piccolo.columns import Text, Varchar

from tests import factories
from tests.cast import ACTORS, Cast, email
from tests.domain.test_budgets import PLAN
from tracker.domain.actor import SYSTEM, Actor, Role
from tracker.domain.budgets import actions as budgets
from tracker.domain.budgets.rates import import_rates, read_rates
from tracker.domain.digests.actions import send_now, subscribe
from tracker.domain.digests.rules import Schedule
from tracker.domain.leaving.actions import end_membership
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones.actions import MilestonePlan
from tracker.domain.milestones.attaching import EvidenceLink, attach_file
from tracker.domain.milestones.evidence import ReceivedFile
from tracker.domain.outcomes import periods
from tracker.domain.outcomes.tables import Period
from tracker.domain.people import delegations, queries
from tracker.domain.people.actions import add_person, grant
from tracker.domain.people.delegations import DelegationPlan
from tracker.domain.people.invitations import InvitationDraft, send_invitation
from tracker.domain.people.profiles import PersonDraft
from tracker.domain.people.sessions import open_session
from tracker.domain.people.tokens import issue_token
from tracker.domain.projects import actions as projects
from tracker.domain.projects import decisions, lifecycle
from tracker.domain.projects.tables import Decision, DecisionState
from tracker.graphql.registry import registry

Row = Mapping[str, Any]

MARK = re.compile(r"zq(\d+)qz")

STATES = ("draft", "submitted", "under_review", "returned", "agreed", "active", "suspended",
          "closed", "cancelled", "rejected", "withdrawn")  # fmt: skip

UNMARKED = {"city", "exchange_rate", "rate_import"}
"""Tables of what everybody sees."""


CITIES = ("membership", "invitation", "delegation", "sign_on")
ACCOUNTS = (
    *("person", "api_token", "session", "sign_in_link", "password", "second_factor"),
    *("half_sign_in", "sign_on_identity", "digest_subscription", "digest_issue", *CITIES),
)
"""Tables of accounts, and those that say who does what in a city."""


@dataclass
class World:
    """The rows of every declared type as the tables hold them, whoever may see them."""

    cast: Cast
    rows: dict[str, dict[int, Row]] = field(default_factory=dict)
    marks: list[tuple[str, int, str]] = field(default_factory=list)
    """Number of a mark -> the type, row and field that it was put into."""
    partners: dict[int, set[int]] = field(default_factory=dict)
    members: set[tuple[int, int, str]] = field(default_factory=set)
    """(person, city, role) of memberships that have not ended."""

    subjects: dict[tuple[str, int], Row] = field(default_factory=dict)
    """(table, number) of what events are about -> its `person` and `city`, where it has them."""

    others: dict[str, Actor] = field(default_factory=dict)

    @property
    def viewers(self) -> dict[str, Actor]:
        """Everybody who asks: the cast and the public, but not the system itself; and others:
        somebody without any role, somebody with different roles in different cities."""
        return {name: self.cast[name] for name in ACTORS if name != "system"} | self.others


async def make(cast: Cast, owner: Connection) -> World:
    """Fill the database, mark it, and read it past all rules."""
    await _fill(cast)
    world = World(cast)
    world.others = await _others(cast)
    await _mark(world, owner)
    for declaration in registry.declarations.values():
        found = await owner.fetch(f"SELECT * FROM {declaration.sql_name} ORDER BY id")
        world.rows[declaration.name] = _by_number(found)
    for table in ACCOUNTS:
        for row in await owner.fetch(f"SELECT * FROM {table}"):
            person = row["id"] if table == "person" else row.get("person")
            city = row.get("city") if table in CITIES else None
            world.subjects[table, row["id"]] = {"person": person, "city": city}
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


async def _fill(cast: Cast) -> None:
    for state in STATES:
        project = await factories.joint_project(cast, state, title=f"Permits {state}")
        if state == "active":
            await _enrich(cast, project)
    await _of_lima(cast)
    await _left(cast)
    hidden = await factories.joint_project(cast, "closed", title="Quiet", confidential=True)
    await factories.joint_project(cast, "active", title="Quietly", confidential=True)
    half = await factories.joint_project(cast, "finalising", title="Half told")
    await factories.evaluate(cast, half.id, "seoul")
    assert hidden.id
    for state in ("draft", "published", "archived"):
        await factories.practice(cast, state, title=f"Counter {state}")
    await factories.request(cast)
    await import_rates(SYSTEM, read_rates("Date,USD,KRW\n2026-02-25,1.2,1600\n"), "Bank")
    for name in ACTORS:
        if person_id := cast[name].person_id:
            await open_session(person_id)  # so that everybody has signed in before anybody looks
    for name in ("nairobi_mayor", "lima_coordinator"):
        actor = cast[name]
        assert actor.person_id
        await subscribe(actor, actor.person_id, Schedule())
        await send_now(actor, actor.person_id)
        await issue_token(actor, actor.person_id, purpose="Feeds")
    mandate = DelegationPlan(
        person_id=cast.nairobi_cio.person_id or 0,
        starts_on=factories.today(3),
        ends_on=factories.today(9),
    )
    await delegations.grant(cast.nairobi_mayor, cast.nairobi, mandate)
    for number, city in enumerate((cast.nairobi, cast.lima, cast.seoul)):
        draft = InvitationDraft(email=f"guest{number}@example.org", role=Role.CIO, city_id=city)
        await send_invitation(cast.administrator, draft)


OTHERS = ("stranger", "mixed", "double", "turned")


async def _others(cast: Cast) -> dict[str, Actor]:
    """Nobody in particular; who looks after the people of Nairobi, did of Lima once, and is
    somebody else in both others; an officer who belongs to a city; one who belonged to one."""
    await add_person(SYSTEM, PersonDraft(email="stranger@example.org", name="Without a role"))
    mixed = await add_person(SYSTEM, PersonDraft(email="mixed@example.org", name="Of all three"))
    await grant(SYSTEM, mixed.id, cast.nairobi, Role.CITY_ADMINISTRATOR)
    await grant(SYSTEM, mixed.id, cast.seoul, Role.APPROVER)
    await grant(SYSTEM, mixed.id, cast.lima, Role.APPROVER)
    former = await grant(SYSTEM, mixed.id, cast.lima, Role.CITY_ADMINISTRATOR)
    await end_membership(SYSTEM, former.id, left_to_city=True)
    double = await add_person(SYSTEM, PersonDraft(email="double@example.org", name="Of two hats"))
    for role in (Role.OFFICER, Role.ADMINISTRATOR):
        await grant(SYSTEM, double.id, None, role)
    await grant(SYSTEM, double.id, cast.seoul, Role.COORDINATOR)
    await _turned(cast)
    found = {name: await queries.actor_by_email(email(name)) for name in OTHERS}
    return {name: actor for name, actor in found.items() if actor}


async def _turned(cast: Cast) -> None:
    """Handed something in for Nairobi, and is an officer now."""
    turned = await add_person(SYSTEM, PersonDraft(email="turned@example.org", name="Turned"))
    held = await grant(SYSTEM, turned.id, cast.nairobi, Role.COORDINATOR)
    actor = await queries.actor_by_email("turned@example.org")
    assert actor
    project = await factories.joint_project(cast, "active", title="Of before")
    link = EvidenceLink(title="Photos", url="https://example.org/photos")
    await milestones.submit(actor, project.milestone_id, milestones.MilestoneReport(
        completed_on=factories.today(-1), evidence=[link]))  # fmt: skip
    await end_membership(SYSTEM, held.id, left_to_city=True)
    await grant(SYSTEM, turned.id, None, Role.OFFICER)


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
        await factories.joint_project(cast, "agreed", title="Once open"),
        await factories.joint_project(cast, "agreed", title="Once quiet", confidential=True),
        await factories.joint_project(cast, "draft", title="Once a draft"),
    ]
    held = [await grant(SYSTEM, person, cast.nairobi, role)
            for role in (Role.COORDINATOR, Role.MAYOR)]  # fmt: skip
    actor = await queries.actor_by_email(email("lima_coordinator"))
    assert actor
    for project in made:
        plan = MilestonePlan(title="A deed", due_on=factories.today(50))
        await milestones.add(actor, project.id, cast.nairobi, plan)
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
    waived = await factories.add_indicator(cast, project.id, title="Never measured")
    [period] = await Period.objects().where(Period.indicator == waived.id)
    await periods.waive_period(cast.officer, period.id, "Nobody counts it.")
    await periods.lock_period(cast.officer, period.id)
    await periods.reopen_period(cast.officer, period.id, "It is counted after all.")
    step = await factories.add_milestone(
        cast, project.id, title="Staff are trained", acceptance_criteria="Nine people pass."
    )
    await milestones.move(author, step.id, factories.today(40), "The room is taken.")
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
    theirs = await milestones.add(judge, project.id, cast.seoul, plan)
    await milestones.submit(judge, theirs.id, milestones.MilestoneReport(
        completed_on=factories.today(-1), evidence=[link]))  # fmt: skip
    line = replace(PLAN, amount=Decimal(5), currency="KES", value_on=factories.today())
    await budgets.add(author, project.id, cast.nairobi, line)


async def _mark(world: World, owner: Connection) -> None:
    """Put a mark of its own behind every text that has room for it."""
    await owner.execute("UPDATE digest_issue SET subject = 'S', html = 'H', text = 'T'")
    await owner.execute("UPDATE value SET review_note = 'N' WHERE review_note IS NULL")
    await owner.execute("UPDATE person SET erasure_asked_at = now(), erased_at = now()")
    await owner.execute(_PROOFS)
    for city in (world.cast.nairobi, world.cast.lima):
        await owner.execute(
            "INSERT INTO sign_on (city, issuer, client_id, active, created_at)"
            " VALUES ($1, 'https://id.example.org', 'tracker', false, now())", city,
        )  # fmt: skip
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        for declaration in registry.declarations.values():
            if declaration.table._meta.tablename in UNMARKED:
                continue
            for name in _texts(declaration.table):
                await _mark_column(world, owner, declaration.name, declaration.sql_name, name)
        for number, row in enumerate(
            await owner.fetch("SELECT id FROM audit_event"), len(world.marks)
        ):
            world.marks.append(("AuditEvent", row["id"], "after"))
            text = f'{{"mark": "zq{number}qz"}}'
            await owner.execute(
                "UPDATE audit_event SET after = after || $1::jsonb WHERE id = $2", text, row["id"]
            )
        await owner.execute("SELECT search_rebuild()")


_PROOFS = """
INSERT INTO password (person, hash, set_at) SELECT id, 'x', now() FROM person
    ON CONFLICT (person) DO UPDATE SET hash = 'x', set_at = now();
INSERT INTO second_factor (person, sealed, last_step, recovery_hashes, created_at, confirmed_at)
    SELECT id, 'x', 0, '{y}', now(), now() FROM person
"""
"""Everybody signs in by everything."""


async def _mark_column(world: World, owner: Connection, kind: str, table: str, name: str) -> None:
    sql = f'SELECT id FROM {table} WHERE "{name}" IS NOT NULL ORDER BY id'
    for row in await owner.fetch(sql):
        number = len(world.marks)
        world.marks.append((kind, row["id"], name))
        await owner.execute(
            f'UPDATE {table} SET "{name}" = "{name}" || $1 WHERE id = $2',
            f" zq{number}qz", row["id"],
        )  # fmt: skip


def _texts(table: Any) -> Iterator[str]:
    for column in table._meta.columns:
        meta = column._meta
        long = isinstance(column, Text) or (
            isinstance(column, Varchar) and (column.length or 0) >= 100
        )
        if long and not (meta.choices or meta.secret or meta.name in ("email", "issuer", "url")):
            yield meta.name
