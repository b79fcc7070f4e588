"""Periods with their targets: planned one by one or as a series, changed until both cities have
agreed on them; locked, opened again and waived by the secretariat."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, load, record_gone
from tracker.domain.cities.tables import City
from tracker.domain.database import transaction
from tracker.domain.discussed import require_undiscussed
from tracker.domain.edits import completed, edits
from tracker.domain.errors import Forbidden
from tracker.domain.messages import Message, either, listed, say, word
from tracker.domain.outcomes import queries
from tracker.domain.outcomes.actions import (
    PERIODS_IN_ALL_MOST,
    PERIODS_MOST,
    PeriodPlan,
    check_periods,
    plan_of,
    plan_period,
    planned,
    require_unagreed,
)
from tracker.domain.outcomes.rules import visible
from tracker.domain.outcomes.spans import spans, targets
from tracker.domain.outcomes.tables import (
    Accumulation,
    Indicator,
    Period,
    PeriodLength,
    TargetSpread,
)
from tracker.domain.problems import Problems
from tracker.domain.projects import queries as projects
from tracker.domain.projects import rules as project_rules
from tracker.domain.projects.rules import OFFICER, RUNNING, proposed_only
from tracker.domain.projects.tables import Project

DAYS_AGREED = say(
    "Both cities agreed on these days, so they stay; if no value can come, have the secretariat"
    " waive it, with a reason."
)
LOCKED = say("The period is locked; ask the secretariat to open it again, with a reason.")


@dataclass(frozen=True, kw_only=True)
class PeriodSeries:
    """A stretch of days, both ends included, to be cut into periods. `city_id` is the partner
    whose fiscal year counts, the leading city if none is given."""

    starts_on: date
    ends_on: date
    length: PeriodLength
    target_value: Decimal | None = None
    spread: TargetSpread = TargetSpread.EACH
    city_id: int | None = None


async def add_period(actor: Actor, indicator_id: int, draft: PeriodPlan) -> Period:
    """Set a target for another stretch of time, until the plan is agreed; from then on, propose a
    plan change.

    Raises Invalid, NotFound, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    async with transaction():
        indicator = await load(actor, Indicator, indicator_id, visible)
        project = await planned(actor, indicator.project, problems)
        require_unagreed(project, problems)
        await check_new(indicator, project, draft, problems)
        await require_room(indicator.id, 1, "starts_on", problems)
        problems.raise_any()
        return await plan_period(actor, indicator, draft)


async def generate_periods(actor: Actor, indicator_id: int, draft: PeriodSeries) -> list[Period]:
    """Cut a stretch of time into months, quarters, half-years, years or a city's fiscal years,
    at most 60 at a time and 96 of an indicator in all, and spread a target over them, until the
    plan is agreed; from then on, propose a plan change.

    Raises Invalid, NotFound, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    async with transaction():
        indicator = await load(actor, Indicator, indicator_id, visible)
        project = await planned(actor, indicator.project, problems)
        require_unagreed(project, problems)
        plans = await cut(indicator, project, draft, problems)
        await require_room(indicator.id, len(plans), "length", problems)
        problems.raise_any()
        return [await plan_period(actor, indicator, plan) for plan in plans]


async def check_new(
    indicator: Indicator,
    project: Project,
    draft: PeriodPlan,
    problems: Problems,
    at: str = "",
) -> None:
    """Notes why the indicator cannot have that period, if it has room for one. `at` says where its
    fields stand in the input."""
    noted = Problems()
    check_periods(plan_of(indicator), [draft], noted, "", project)
    await _require_free(indicator.id, draft, noted)
    problems.include(noted, at)


async def cut(
    indicator: Indicator, project: Project, draft: PeriodSeries, problems: Problems, at: str = ""
) -> list[PeriodPlan]:
    """The periods of the series; none where something is wrong with it, which is noted. `at` says
    where its fields stand in the input."""
    noted, plans = Problems(), list[PeriodPlan]()
    whole = PeriodPlan(
        starts_on=draft.starts_on, ends_on=draft.ends_on, target_value=draft.target_value
    )
    check_periods(plan_of(indicator), [whole], noted, "", project)
    _check_spread(indicator, draft, noted)
    first_month = await _first_month(draft.city_id, project, noted)
    await _require_free(indicator.id, whole, noted)
    if not noted.fields:
        plans = _series(indicator, draft, first_month, noted)
    problems.include(noted, at)
    return [] if noted.fields else plans


async def require_room(indicator_id: int, more: int, field: str, problems: Problems) -> None:
    """Notes that the indicator would have too many with so many `more`: nobody would report on
    them. The caller holds its row, so that nobody adds others meanwhile."""
    known = await Period.count().where(Period.indicator == indicator_id)
    problems.unless(
        known + more <= PERIODS_IN_ALL_MOST,
        field,
        say(
            "The indicator has {known} periods, and at most {most} in all; choose longer ones, or "
            "take some out first.",
            known=known,
            most=PERIODS_IN_ALL_MOST,
        ),
    )


@edits
async def edit_period(
    actor: Actor, period_id: int, draft: PeriodPlan, seen_version: int | None = None
) -> Period:
    """Change the period's days and its target. Once the plan is agreed, and so before anything is
    reported for it, its days stay, and another target takes a plan change.

    Raises Invalid, also once it is locked or waived, NotFound, Conflict, or Forbidden for anybody
    but the partners' coordinators.
    """
    problems = Problems()
    async with _open(actor, period_id, "edit", seen_version, problems) as (period, indicator):
        draft = completed(draft, period)
        project = await load(actor, Project, period.project, project_rules.visible)
        moved = (period.starts_on, period.ends_on) != (draft.starts_on, draft.ends_on)
        check_periods(plan_of(indicator), [draft], problems, "", project if moved else None)
        if moved:
            await _require_free(period.indicator, draft, problems, but=period_id)
        proposed = proposed_only(project)
        if proposed and draft.target_value != period.target_value:
            problems.add("target_value", proposed)
        if proposed and moved:
            problems.add("starts_on", DAYS_AGREED)
        problems.raise_any()
        period.starts_on, period.ends_on = draft.starts_on, draft.ends_on
        period.target_value = draft.target_value
    return period


async def remove_period(actor: Actor, period_id: int, seen_version: int | None = None) -> Period:
    """Take a period out of a plan that is not agreed yet; the audit trail remembers it.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    async with _open(actor, period_id, "remove", seen_version, problems) as (period, _):
        project = await load(actor, Project, period.project, project_rules.visible)
        problems.unless(
            project.agreed_at is None,
            "project",
            say("The plan is agreed: have the secretariat waive the value instead, with a reason."),
        )
        await require_undiscussed("period", period_id, problems)
        problems.raise_any()
        await record_gone(actor, period, "remove")
        await Period.delete().where(Period.id == period_id)
    return period


async def waive_period(
    actor: Actor, period_id: int, reason: str, seen_version: int | None = None
) -> Period:
    """Expect no value for the period any more. Nobody excuses themselves: the secretariat does.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but an officer.
    """
    problems = Problems()
    reason = problems.text("reason", reason, required=True)
    async with change(
        actor, Period, period_id, visible, "waive", seen_version=seen_version
    ) as period:
        await _require_officer(
            actor, period.project, say("Only {who} waives a value that is due.", who=OFFICER.who)
        )
        project = await load(actor, Project, period.project, project_rules.visible)
        problems.unless(
            project.state in RUNNING,
            "project",
            say("The project is {state}, not under way.", state=word(project.state)),
        )
        problems.unless(not period.waived_reason, "period_id", say("The period is waived already."))
        states = await queries.current_states(period_id)
        problems.unless(
            not states,
            "period_id",
            say(
                "A value is {states} for it; there is nothing to waive.",
                states=either(sorted(states)),
            ),
        )
        problems.raise_any()
        period.waived_reason = reason
    return period


async def lock_period(actor: Actor, period_id: int, seen_version: int | None = None) -> Period:
    """Have a period that is over stay as it is: its target, and what was reported for it.

    Raises Invalid, also while a value waits for approval, NotFound, Conflict, or Forbidden for
    anybody but an officer.
    """
    problems = Problems()
    async with change(
        actor, Period, period_id, visible, "lock", seen_version=seen_version
    ) as period:
        await _require_officer(
            actor, period.project, say("Only {who} locks a period.", who=OFFICER.who)
        )
        today = await _today(period.project)
        problems.unless(period.locked_at is None, "period_id", say("The period is locked already."))
        problems.unless(
            period.ends_on < today,
            "period_id",
            say("The period ends on {ends_on}; lock it once it is over.", ends_on=period.ends_on),
        )
        waiting = "submitted" in await queries.current_states(period_id)
        problems.unless(
            not waiting, "period_id", say("A value waits for approval; approve or return it first.")
        )
        problems.raise_any()
        period.locked_at = clock.now()
    return period


async def lock_periods(actor: Actor, project_id: int, ended_by: date) -> list[Period]:
    """Lock every period of the project that ended on that day or before; all or none.

    Raises Invalid, NotFound, or Forbidden for anybody but an officer.
    """
    problems = Problems()
    problems.day("ended_by", ended_by)
    async with transaction():
        await load(actor, Project, project_id, project_rules.visible)
        await _require_officer(actor, project_id, say("Only {who} locks periods.", who=OFFICER.who))
        problems.not_future("ended_by", ended_by, await _today(project_id))
        waiting = await queries.waiting_for_approval(project_id, ended_by)
        problems.unless(
            not waiting,
            "ended_by",
            say(
                "Values wait for approval: {waiting}. Approve or return them first.",
                waiting=listed(waiting),
            ),
        )
        problems.raise_any()
        numbers = await queries.unlocked(project_id, ended_by)
        return [await lock_period(actor, number) for number in numbers]


async def reopen_period(
    actor: Actor, period_id: int, reason: str, seen_version: int | None = None
) -> Period:
    """Unlock a period, saying why.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but an officer.
    """
    problems = Problems()
    reason = problems.text("reason", reason, required=True)
    async with change(
        actor, Period, period_id, visible, "reopen", seen_version=seen_version
    ) as period:
        await _require_officer(
            actor, period.project, say("Only {who} opens a period again.", who=OFFICER.who)
        )
        problems.unless(period.locked_at is not None, "period_id", say("The period is not locked."))
        problems.raise_any()
        period.locked_at = None
        period.reopen_reason = reason
    return period


@asynccontextmanager
async def _open(
    actor: Actor, period_id: int, verb: str, seen_version: int | None, problems: Problems
) -> AsyncIterator[tuple[Period, Indicator]]:
    """A period whose plan may still change, for the partners' coordinators."""
    async with change(actor, Period, period_id, visible, verb, seen_version=seen_version) as period:
        await planned(actor, period.project, problems, adding=False)
        problems.unless(period.locked_at is None, "period_id", LOCKED)
        problems.unless(
            not period.waived_reason,
            "period_id",
            say("The period is waived: {reason}", reason=period.waived_reason),
        )
        indicator = await load(actor, Indicator, period.indicator, visible)
        yield period, indicator


async def _require_officer(actor: Actor, project_id: int, otherwise: Message) -> None:
    if not OFFICER.holds(actor, await projects.facts(project_id, clock.now())):
        raise Forbidden(otherwise)


async def _require_free(
    indicator_id: int, draft: PeriodPlan, problems: Problems, but: int = 0
) -> None:
    shared = await queries.overlapping(indicator_id, draft.starts_on, draft.ends_on, but)
    problems.unless(
        not shared,
        "starts_on",
        say("Overlaps with {shared}; choose other days.", shared=listed(shared)),
    )


async def _today(project_id: int) -> date:
    """The civil date in the leading city."""
    [row] = await Project.select(Project.lead_city.time_zone).where(Project.id == project_id)
    return clock.today(row["lead_city.time_zone"])


def _check_spread(indicator: Indicator, draft: PeriodSeries, problems: Problems) -> None:
    if draft.target_value is None or draft.spread != TargetSpread.LINEAR:
        return
    problems.unless(
        indicator.accumulation != Accumulation.PERIOD,
        "spread",
        say(
            "Each value counts its own period only, so there are no steps between them; "
            "give every period its target."
        ),
    )
    problems.unless(
        indicator.accumulation != Accumulation.SNAPSHOT or indicator.baseline_value is not None,
        "spread",
        say("Steps need a baseline to begin from; give the indicator one first."),
    )


async def _first_month(city_id: int | None, project: Project, problems: Problems) -> int:
    """The month in which the fiscal year begins, 1 to 12."""
    chosen = project.lead_city if city_id is None else city_id
    facts = await projects.facts(project.id, clock.now())
    if chosen not in facts.city_ids:
        problems.add("city_id", say("The fiscal year must be that of a partner city."))
        return 1
    [row] = await City.select(City.fiscal_year_start_month).where(City.id == chosen)
    month: int = row["fiscal_year_start_month"]
    return month


def _series(
    indicator: Indicator, draft: PeriodSeries, first_month: int, problems: Problems
) -> list[PeriodPlan]:
    """Notes where there are more than one would ever report on."""
    cut = spans(draft.starts_on, draft.ends_on, draft.length, first_month)
    found = list(islice(cut, PERIODS_MOST + 1))
    if len(found) > PERIODS_MOST:
        message = say(
            "More than {most} periods; choose longer ones or fewer days.", most=PERIODS_MOST
        )
        problems.add("length", message)
    each = targets(draft.spread, draft.target_value, indicator.baseline_value, len(found))
    return [
        PeriodPlan(starts_on=first, ends_on=last, target_value=target)
        for (first, last), target in zip(found, each, strict=True)
    ]
