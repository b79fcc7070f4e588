"""Whose turn it is at a milestone: its owner's, or the other side's. The frames that actions on
milestones stand in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, load
from tracker.domain.errors import Forbidden
from tracker.domain.messages import say
from tracker.domain.milestones import queries
from tracker.domain.milestones.rules import judge, may_change, visible
from tracker.domain.milestones.tables import Milestone
from tracker.domain.optimistic import weighed
from tracker.domain.projects import queries as projects
from tracker.domain.projects import rules as project_rules
from tracker.domain.projects.tables import Project


@asynccontextmanager
async def decided(
    actor: Actor, milestone_id: int, verb: str, seen_version: int | None
) -> AsyncIterator[tuple[Milestone, Project]]:
    """What the owner city does that needs a look at the milestone and its project only."""
    async with weighed(
        actor, Milestone, milestone_id, visible, verb, seen_version=seen_version
    ) as (milestone, project):
        _require_owner(actor, milestone, project)
        yield milestone, project


@asynccontextmanager
async def owned(
    actor: Actor, milestone_id: int, verb: str, seen_version: int | None
) -> AsyncIterator[tuple[Milestone, Project]]:
    """What the owner city does."""
    async with change(
        actor, Milestone, milestone_id, visible, verb, seen_version=seen_version
    ) as milestone:
        project = await load(actor, Project, milestone.project, project_rules.visible)
        _require_owner(actor, milestone, project)
        yield milestone, project


def _require_owner(actor: Actor, milestone: Milestone, project: Project) -> None:
    if not may_change(actor, milestone.city, project.lead_city, bool(project.agreed_at)):
        raise Forbidden(say("Only a coordinator of the city that owns the milestone does this."))


@asynccontextmanager
async def judged(
    actor: Actor, milestone_id: int, verb: str, seen_version: int | None
) -> AsyncIterator[tuple[Milestone, Project]]:
    """What the other side says of it."""
    async with change(
        actor, Milestone, milestone_id, visible, verb, seen_version=seen_version
    ) as milestone:
        facts = await projects.facts(milestone.project, clock.now())
        if not judge(actor, milestone.city, facts.city_ids, await queries.authors(milestone_id)):
            raise Forbidden(
                say(
                    "This is for the other partner city, or the secretariat, to say; nobody judges "
                    "what they handed in or attached themselves, or planned for their own city, "
                    "nor gives up what they began."
                )
            )
        yield milestone, await load(actor, Project, milestone.project, project_rules.visible)
