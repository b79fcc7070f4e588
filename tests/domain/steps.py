"""Steps of a milestone, who takes them, and how it gets into each state."""

from dataclasses import replace
from typing import Any

from tests import factories
from tests.cast import Cast
from tests.factories import today
from tracker.domain.milestones import actions
from tracker.domain.milestones.actions import MilestoneReport
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.milestones.tables import Milestone

LINK = EvidenceLink(title="Screenshots", url="https://example.org/portal")
REPORT = MilestoneReport(completed_on=today(-2), evidence=[LINK])

TABLE = {
    "planned": {
        "start": "in_progress",
        "submit": "submitted",
        "miss": "missed",
        "waive": "waived",
    },
    "in_progress": {"submit": "submitted", "miss": "missed", "waive": "waived"},
    "submitted": {"accept": "accepted", "return": "in_progress"},
    "missed": {"submit": "submitted", "waive": "waived"},
    "accepted": {},
    "waived": {},
}
"""State -> verb -> next state."""

VERBS = sorted({verb for verbs in TABLE.values() for verb in verbs})

ROUTES = {
    "planned": (),
    "in_progress": ("start",),
    "submitted": ("submit",),
    "missed": ("miss",),
    "accepted": ("submit", "accept"),
    "waived": ("waive",),
}

OWNERS = {"nairobi_coordinator", "nairobi_cio"}
JUDGES = {"seoul_coordinator", "seoul_approver", "officer", "administrator"}
WHO = {"start": OWNERS, "submit": OWNERS, "miss": OWNERS} | dict.fromkeys(
    ("accept", "return", "waive"), JUDGES
)


async def take(cast: Cast, verb: str, milestone_id: int, who: str = "") -> Milestone:
    actor = cast[who or ("nairobi_coordinator" if WHO[verb] == OWNERS else "seoul_coordinator")]
    report = REPORT
    if (await row_of(milestone_id)).state == "missed":  # done since then
        report = replace(REPORT, completed_on=today(zone="Africa/Nairobi"))
    given: dict[str, tuple[Any, ...]] = {"start": (), "accept": (), "submit": (report,)}
    action = getattr(actions, "return_" if verb == "return" else verb)
    row: Milestone = await action(actor, milestone_id, *given.get(verb, ("A good reason.",)))
    return row


async def milestone_in(cast: Cast, state: str) -> int:
    """Nairobi's milestone in that state."""
    project = await factories.joint_project(cast, "active")
    for verb in ROUTES[state]:
        await take(cast, verb, project.milestone_id)
    return project.milestone_id


async def row_of(milestone_id: int) -> Milestone:
    [row] = await Milestone.objects().where(Milestone.id == milestone_id)
    return row
