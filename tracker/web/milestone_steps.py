"""What can be done with a milestone, as buttons and short forms."""

from typing import Any

from tracker.domain.actor import Actor
from tracker.domain.milestones import actions, attaching, moving
from tracker.domain.milestones.actions import MilestonePlan, MilestoneReport
from tracker.domain.plan_changes import actions as plan_changes
from tracker.web.evidence import Link, linking
from tracker.web.steps import Moved, Nothing, Replanned, Step, Why, by_verb
from tracker.web.words import N_


async def _remove(actor: Actor, number: int, seen_version: int | None = None) -> Any:
    """What is not agreed yet needs no version: whatever it says by now is given up."""
    return await actions.remove(actor, number)


OWNER_STEPS = by_verb(
    Step("start", actions.start, N_("Begin"), N_("It counts as in progress."), Nothing, "primary"),
    Step(
        "submit",
        actions.submit,
        N_("Hand in with evidence"),
        N_("The other city looks at the evidence and accepts the milestone, or returns it."),
        MilestoneReport,
        "primary",
        draft=True,
    ),
    Step(
        "move",
        moving.move,
        N_("Move the due date"),
        N_("The plan is not agreed yet, so the date simply changes."),
        Moved,
        has_to_say=False,
    ),
    Step(
        "propose",
        plan_changes.propose_move,
        N_("Propose another due date"),
        N_(
            "The other side accepts or refuses it; until then the date stays. Each move is counted,"
            " and the first date stays visible."
        ),
        Replanned,
    ),
    Step(
        "edit",
        actions.edit,
        N_("Rewrite it"),
        N_("What it is, and how one can tell that it is done."),
        MilestonePlan,
        draft=True,
    ),
    Step(
        "attach",
        linking(attaching.attach),
        N_("Attach a link"),
        N_("What shows that it is done. The public does not see it."),
        Link,
    ),
    Step(
        "remove",
        _remove,
        N_("Remove the milestone"),
        N_("It goes from the plan; the history remembers it."),
        Nothing,
        "danger",
    ),
    Step(
        "miss",
        actions.miss,
        N_("Report as missed"),
        N_("It can still be handed in later."),
        Why,
        "danger",
    ),
)
"""What the city that owns a milestone may do."""

JUDGE_STEPS = by_verb(
    Step("accept", actions.accept, N_("Accept"), N_("It counts as reached."), Nothing, "primary"),
    Step("return", actions.return_, N_("Return"), N_("It goes back, with what is missing."), Why),
    Step(
        "waive",
        actions.waive,
        N_("Waive"),
        N_("Nobody expects it any more, and it no longer counts."),
        Why,
        "danger",
    ),
)
"""What the other city, or the secretariat, may do."""

ALL = OWNER_STEPS | JUDGE_STEPS
