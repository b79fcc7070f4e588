"""Rewriting what a project sets out to change, and taking it out of the plan again, until both
cities have agreed on it."""

from tracker.domain.actor import Actor
from tracker.domain.audit import change, record_gone
from tracker.domain.discussed import require_undiscussed
from tracker.domain.edits import completed, edits
from tracker.domain.messages import listed, say
from tracker.domain.outcomes import queries
from tracker.domain.outcomes.actions import ResultPlan, planned
from tracker.domain.outcomes.rules import visible
from tracker.domain.outcomes.tables import Dimension, Indicator, Period, Result
from tracker.domain.problems import Problems
from tracker.domain.projects.rules import proposed_only
from tracker.domain.projects.tables import Project

AGREED = say("Both cities agreed on the present one; add another result instead.")
REMOVED_NO_MORE = say(
    "The plan is agreed, so this stays in it; have the secretariat waive the values that cannot"
    " come, with a reason."
)

NAMED = say("A change of the plan is about it, so it stays.")


@edits
async def edit_result(
    actor: Actor, result_id: int, draft: ResultPlan, seen_version: int | None = None
) -> Result:
    """Say otherwise what the project sets out to change. Once the plan is agreed, only the title
    may change: the kind of result and who benefits were agreed by both.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    async with change(
        actor, Result, result_id, visible, "edit", seen_version=seen_version
    ) as result:
        project = await planned(actor, result.project, problems, adding=False)
        draft = completed(draft, result)
        title = problems.title("title", draft.title)
        if proposed_only(project):
            problems.unless(draft.type == result.type, "type", AGREED)
            problems.unless(draft.benefit == result.benefit, "benefit", AGREED)
        problems.raise_any()
        result.title, result.type, result.benefit = title, draft.type, draft.benefit
    return result


async def remove_result(actor: Actor, result_id: int, seen_version: int | None = None) -> Result:
    """Take a result that nothing measures any more out of a plan that is not agreed yet, or one
    that was added since; the audit trail remembers it.

    Raises Invalid, also while it has indicators or was commented on, NotFound, Conflict, or
    Forbidden for anybody but the partners' coordinators.
    """
    problems = Problems()
    async with change(
        actor, Result, result_id, visible, "remove", seen_version=seen_version
    ) as result:
        project = await planned(actor, result.project, problems)
        if await queries.is_agreed("result", result_id, project.agreed_at):
            _require_proposed(project, problems)
        named = await queries.is_named(result_id)
        problems.unless(not named, "result_id", NAMED)
        rows = await Indicator.select(Indicator.title).where(Indicator.result == result_id)
        titles = listed(row["title"] for row in rows)
        problems.unless(
            not rows, "result_id", say("Remove its indicators first: {titles}.", titles=titles)
        )
        await require_undiscussed("result", result_id, problems)
        problems.raise_any()
        await record_gone(actor, result, "remove")
        await Result.delete().where(Result.id == result_id)
    return result


async def remove_indicator(
    actor: Actor, indicator_id: int, seen_version: int | None = None
) -> Indicator:
    """Take an indicator out of a plan that is not agreed yet, with its periods and what its values
    are broken down by; the audit trail remembers each of them.

    Raises Invalid, also once something of it was commented on, NotFound, Conflict, or Forbidden for
    anybody but the partners' coordinators.
    """
    problems = Problems()
    async with change(
        actor, Indicator, indicator_id, visible, "remove", seen_version=seen_version
    ) as indicator:
        # Its periods before the project: in that order they are commented on.
        await require_undiscussed("indicator", indicator_id, problems)
        project = await planned(actor, indicator.project, problems, adding=False)
        _require_proposed(project, problems)
        problems.raise_any()
        for part in (Period, Dimension):
            for row in await part.objects().where(part.indicator == indicator_id).order_by(part.id):
                await record_gone(actor, row, "remove")
            await part.delete().where(part.indicator == indicator_id)
        await record_gone(actor, indicator, "remove")
        await Indicator.delete().where(Indicator.id == indicator_id)
    return indicator


def _require_proposed(project: Project, problems: Problems) -> None:
    """What two agreed on, one does not take away."""
    if project.agreed_at and "project" not in problems.fields:
        problems.add("project", REMOVED_NO_MORE)
