"""Planning a project: propose it, edit the proposal, report how it fares."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, load, note, record_new
from tracker.domain.cities.tables import City
from tracker.domain.database import transaction
from tracker.domain.edits import completed, edits
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.messages import say, word
from tracker.domain.practices import rules as practices
from tracker.domain.practices.tables import Practice
from tracker.domain.problems import Problems
from tracker.domain.projects import queries
from tracker.domain.projects.rules import ENDED, LEAD, OFFICER, PARTNER, RUNNING, visible
from tracker.domain.projects.span import check_order, check_span
from tracker.domain.projects.tables import (
    Health,
    OrganisationRole,
    Participation,
    Project,
    ProjectState,
    ReportingRhythm,
    Sector,
    Side,
)
from tracker.domain.requests import rules as requests
from tracker.domain.requests.tables import Request, RequestState
from tracker.domain.roles import Permission

SDG_GOALS = range(1, 18)
THEMES_MOST = 10
DAYS_MOST = 366
"""That a project may be late or silent and still be called well."""


@dataclass(frozen=True, kw_only=True)
class SectorShare:
    """The share of a project that serves one OECD-DAC sector."""

    code: str
    percentage: Decimal


@dataclass(frozen=True, kw_only=True)
class ProjectPlan:
    """What a coordinator writes into a proposal."""

    title: str
    summary: str
    planned_start_on: date
    planned_end_on: date
    themes: Sequence[str] = ()
    sdg_goals: Sequence[int] = ()
    sectors: Sequence[SectorShare] = ()
    confidential: bool = False


@dataclass(frozen=True, kw_only=True)
class Proposal(ProjectPlan):
    """A plan with its two cities, and what it answers."""

    donor_city_id: int
    recipient_city_id: int
    practice_id: int | None = None
    request_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Tolerances:
    """From when on a project's computed health is amber or red, or unknown."""

    amber_days: int = 7
    red_days: int = 30
    amber_share: Decimal = Decimal("0.90")
    red_share: Decimal = Decimal("0.60")
    stale_days: int = 30


async def propose(actor: Actor, draft: Proposal) -> Project:
    """Draft a project between two cities. The city that drafts it leads it; a request that it
    answers becomes matched.

    Raises Invalid, NotFound, or Forbidden when the actor coordinates neither city.
    """
    problems = Problems()
    problems.unless(
        draft.donor_city_id != draft.recipient_city_id,
        "recipient_city_id",
        say("A city cannot be both donor and recipient; choose another city."),
    )
    plan = _checked(draft, problems)
    async with transaction():
        await _require_cities(draft, problems)
        problems.raise_any()
        lead_city = _lead_city(actor, draft)
        await _answer(actor, draft)
        project = Project(
            code=await queries.next_code(clock.now().year),
            lead_city=lead_city,
            donor_city=draft.donor_city_id,
            recipient_city=draft.recipient_city_id,
            practice=draft.practice_id,
            request=draft.request_id,
            created_at=clock.now(),
            **plan,
        )
        await project.save()
        await _join(project, draft)
        await _share(project, draft.sectors)
        await record_new(actor, project, "propose")
    return project


@edits
async def edit(
    actor: Actor, project_id: int, draft: ProjectPlan, seen_version: int | None = None
) -> Project:
    """Rewrite a proposal that has not been submitted yet, or was returned.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the leading city.
    """
    problems = Problems()
    async with change(
        actor, Project, project_id, visible, "edit", seen_version=seen_version
    ) as project:
        if not LEAD.holds(actor, await queries.facts(project_id, clock.now())):
            raise Forbidden(
                say("Only a coordinator of the city that drafted the proposal edits it.")
            )
        problems.unless(
            project.state in (ProjectState.DRAFT, ProjectState.RETURNED),
            "state",
            say(
                "The proposal is {state}; it can be edited as a draft or once returned.",
                state=word(project.state),
            ),
        )
        draft = completed(draft, project, sectors=await _shares(project_id))
        plan = _checked(draft, problems)
        span = (draft.planned_start_on, draft.planned_end_on)
        if span != (project.planned_start_on, project.planned_end_on):
            await check_span(project_id, *span, problems)
        problems.raise_any()
        for name, value in plan.items():
            setattr(project, name, value)
        await _reshare(project, draft.sectors)
    return project


async def report_health(
    actor: Actor, project_id: int, health: Health, seen_version: int | None = None
) -> Project:
    """Say how the project fares, beside what the tracker computes.

    Raises Invalid when it is not under way, NotFound, Conflict, or Forbidden for outsiders.
    """
    async with change(
        actor, Project, project_id, visible, "report_health", seen_version=seen_version
    ) as project:
        if not PARTNER.holds(actor, await queries.facts(project_id, clock.now())):
            raise Forbidden(
                say("Only a coordinator of a partner city reports the project's health.")
            )
        if project.state not in RUNNING:
            raise Invalid(
                {
                    "state": [
                        say(
                            "The project is {state}; it is not under way.",
                            state=word(project.state),
                        )
                    ]
                }
            )
        project.reported_health = health
    return project


async def set_reporting_rhythm(
    actor: Actor, project_id: int, rhythm: ReportingRhythm, seen_version: int | None = None
) -> Project:
    """Have the partner cities report more or less often, from the next period on.

    Raises Invalid when it has ended, NotFound, Conflict, or Forbidden for outsiders.
    """
    async with change(
        actor, Project, project_id, visible, "set_reporting_rhythm", seen_version=seen_version
    ) as project:
        if not PARTNER.holds(actor, await queries.facts(project_id, clock.now())):
            raise Forbidden(
                say("Only a coordinator of a partner city chooses how often they report.")
            )
        if project.state in ENDED:
            raise Invalid(
                {
                    "state": [
                        say(
                            "The project is {state}; nobody reports on it.",
                            state=word(project.state),
                        )
                    ]
                }
            )
        project.reporting_rhythm = rhythm
    return project


@edits
async def set_tolerances(
    actor: Actor, project_id: int, draft: Tolerances, seen_version: int | None = None
) -> Project:
    """Choose from when on the project's computed health is amber or red, or unknown. The cities
    do not choose what they are measured by: an independent officer does.

    Raises Invalid, NotFound, Conflict, or Forbidden.
    """
    problems = Problems()
    async with change(
        actor, Project, project_id, visible, "set_tolerances", seen_version=seen_version
    ) as project:
        if not OFFICER.holds(actor, await queries.facts(project_id, clock.now())):
            raise Forbidden(say("Only {who} may do this.", who=OFFICER.who))
        problems.unless(
            project.state not in ENDED,
            "state",
            say("The project is {state}; nothing is judged any more.", state=word(project.state)),
        )
        draft = completed(draft, project)
        _check_tolerances(draft, problems)
        problems.raise_any()
        for name, value in vars(draft).items():
            setattr(project, name, value)
    return project


def _check_tolerances(draft: Tolerances, problems: Problems) -> None:
    problems.unless(
        0 <= draft.amber_days < draft.red_days <= DAYS_MOST,
        "red_days",
        say("Red comes after amber: choose days from 0 to {most}, more for red.", most=DAYS_MOST),
    )
    amber = problems.number("amber_share", draft.amber_share)
    red = problems.number("red_share", draft.red_share)
    problems.unless(
        amber is not None and red is not None and 0 <= red < amber <= 1
        and all(share == round(share, 2) for share in (amber, red)),
        "amber_share",
        say("Choose shares from 0 to 1 with two decimals, a smaller one for red."),
    )  # fmt: skip
    problems.unless(
        1 <= draft.stale_days <= DAYS_MOST,
        "stale_days",
        say("Choose a number of days from 1 to {most}.", most=DAYS_MOST),
    )


def _checked(draft: ProjectPlan, problems: Problems) -> dict[str, Any]:
    """The plan as columns; notes everything that is wrong with it."""
    problems.day("planned_start_on", draft.planned_start_on)
    problems.day("planned_end_on", draft.planned_end_on)
    check_order(draft.planned_start_on, draft.planned_end_on, problems)
    for index, goal in enumerate(draft.sdg_goals):
        problems.unless(
            goal in SDG_GOALS,
            f"sdg_goals.{index}",
            say("{goal} is no SDG goal; choose from 1 to 17.", goal=goal),
        )
    problems.unless(
        len(draft.sdg_goals) == len(set(draft.sdg_goals)),
        "sdg_goals",
        say("Name each goal only once."),
    )
    _check_sectors(draft.sectors, problems)
    return {
        "title": problems.title("title", draft.title),
        "summary": problems.text("summary", draft.summary, required=True),
        "themes": problems.words("themes", draft.themes, most=THEMES_MOST),
        "sdg_goals": sorted(draft.sdg_goals),
        "planned_start_on": draft.planned_start_on,
        "planned_end_on": draft.planned_end_on,
        "confidential": draft.confidential,
    }


def _check_sectors(sectors: Sequence[SectorShare], problems: Problems) -> None:
    """Sectors are optional, but where there are any they share the project out completely."""
    codes = [share.code for share in sectors]
    total = Decimal(0)
    for index, share in enumerate(sectors):
        problems.unless(
            len(share.code) == 5 and share.code.isdecimal() and share.code.isascii(),
            f"sectors.{index}.code",
            say(
                "{code!r} is no OECD-DAC purpose code; write five digits such as 15185.",
                code=share.code[:20],
            ),
        )
        part = problems.number(f"sectors.{index}.percentage", share.percentage)
        problems.unless(
            part is not None and 0 < part <= 100 and part == round(part, 2),
            f"sectors.{index}.percentage",
            say(
                "{code}: {percentage} % is no share; write more than 0, at most 100, with two "
                "decimals at most.",
                code=share.code[:20],
                percentage=str(share.percentage)[:40],
            ),
        )
        total += part or 0
    problems.unless(len(codes) == len(set(codes)), "sectors", say("Name each sector only once."))
    problems.unless(
        not sectors or total == 100,
        "sectors",
        say("The percentages sum to {total}; they must sum to exactly 100.", total=total),
    )


def _lead_city(actor: Actor, draft: Proposal) -> int:
    for city_id in (draft.recipient_city_id, draft.donor_city_id):
        if actor.may(Permission.PLAN, city_id):
            return city_id
    raise Forbidden(
        say("Only a coordinator of the donor or the recipient city proposes a project.")
    )


async def _require_cities(draft: Proposal, problems: Problems) -> None:
    ids = {"donor_city_id": draft.donor_city_id, "recipient_city_id": draft.recipient_city_id}
    rows = await City.select(City.id).where(City.id.is_in(list(ids.values())))
    known = {row["id"] for row in rows}
    for name, city_id in ids.items():
        problems.unless(city_id in known, name, say("There is no such city."))


async def _answer(actor: Actor, draft: Proposal) -> None:
    """Check the practice and the request that the proposal names, and match the request."""
    problems = Problems()
    if draft.practice_id is not None:
        practice = await load(actor, Practice, draft.practice_id, practices.visible)
        problems.unless(
            practice.city == draft.donor_city_id,
            "practice_id",
            say("The practice belongs to another city than the donor."),
        )
    problems.raise_any()
    if draft.request_id is None:
        return
    async with change(actor, Request, draft.request_id, requests.visible, "match") as request:
        problems.unless(
            request.city == draft.recipient_city_id,
            "request_id",
            say("The request was made by another city than the recipient."),
        )
        problems.unless(
            request.state == RequestState.OPEN,
            "request_id",
            say("The request is {state}.", state=word(request.state)),
        )
        problems.raise_any()
        request.state = RequestState.MATCHED


async def _join(project: Project, draft: Proposal) -> None:
    """The donor brings expertise (IATI role 3, extending), the recipient carries it out (4)."""
    sides = (
        (draft.donor_city_id, Side.DONOR, OrganisationRole.EXTENDING),
        (draft.recipient_city_id, Side.RECIPIENT, OrganisationRole.IMPLEMENTING),
    )
    for city, side, role in sides:
        await Participation(project=project, city=city, side=side, organisation_role=role).save()


async def _shares(project_id: int) -> list[SectorShare]:
    rows = await Sector.select(Sector.code, Sector.percentage).where(Sector.project == project_id)
    return [SectorShare(**row) for row in rows]


async def _reshare(project: Project, sectors: Sequence[SectorShare]) -> None:
    before = {share.code: share.percentage for share in await _shares(project.id)}
    note(project, "sectors", before, {share.code: share.percentage for share in sectors})
    await Sector.delete().where(Sector.project == project.id)
    await _share(project, sectors)


async def _share(project: Project, sectors: Sequence[SectorShare]) -> None:
    for share in sectors:
        await Sector(project=project, code=share.code, percentage=share.percentage).save()
