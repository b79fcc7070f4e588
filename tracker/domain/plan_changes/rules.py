"""Who sees proposed changes of a plan, who answers them, and when nobody needs to any more.

The two sides agreed to the plan, so the two sides change it: a city proposes, and a city of the
*other side* answers. With co-partners any one city of that side speaks for it, as the side is the
party to the agreement; but what belongs to a city, its milestone or its money, only moves with that
city: on the proposer's side only that city proposes it, on the other only that city accepts it.
"""

from collections.abc import Mapping

from tracker.domain.actor import Actor
from tracker.domain.independence import Work, independent
from tracker.domain.milestones.rules import SETTLED
from tracker.domain.problems import Problems
from tracker.domain.projects.rules import closed_plan, inside
from tracker.domain.projects.tables import Project, ProjectState, Side
from tracker.domain.roles import Permission, in_sql, roles_with

GIVING = frozenset({Side.DONOR, Side.CO_DONOR})
"""One side of the agreement; the other cities are the other."""


def visible(t: str) -> str:
    """How a plan is negotiated stays among the partners and the secretariat."""
    return inside(f"{t}.project")


def counts(item: str) -> str:
    """Whether the part of the plan could still change: a milestone that is settled, or a period
    that was waived, stays as it is. In SQL."""
    settled = ", ".join(f"'{state.value}'" for state in sorted(SETTLED))
    return (
        f"NOT EXISTS (SELECT 1 FROM milestone vm WHERE vm.id = {item}.milestone"
        f" AND vm.state IN ({settled}))"
        f" AND NOT EXISTS (SELECT 1 FROM period vq WHERE vq.id = {item}.period"
        f" AND vq.waived_reason IS NOT NULL)"
    )


def lapsed(t: str) -> str:
    """Whether an answer would not matter any more: the project has ended, or nothing that the
    change is about could still change. In SQL; nobody writes it down, as it follows."""
    return (
        f"({t}.decided_at IS NULL AND (EXISTS (SELECT 1 FROM project ve WHERE ve.id = {t}.project"
        f" AND ve.ended_at IS NOT NULL) OR NOT EXISTS (SELECT 1 FROM plan_change_item vi"
        f" WHERE vi.plan_change = {t}.id AND {counts('vi')})))"
    )


def state(t: str) -> str:
    """What became of it, `lapsed` included. In SQL."""
    return f"CASE WHEN {lapsed(t)} THEN 'lapsed' ELSE {t}.state END"


def awaits(t: str, person: str) -> str:
    """Whether the person, in a role that they hold today, may answer; nobody is asked while the
    work of the project counts as done (`projects.rules.settled_plan`). In SQL."""
    held = f"SELECT vr.city FROM membership vr WHERE vr.person = {person} AND vr.ended_at IS NULL"
    answering = f"{held} AND vr.role IN {in_sql(roles_with(Permission.AGREE))}"
    across = (
        "FROM participation vy JOIN participation vz ON vz.project = vy.project"
        f" WHERE vy.project = {t}.project AND vz.city = {t}.city AND ({_gives('vy')}) "
    )
    return (
        f"({t}.decided_at IS NULL AND {t}.proposed_by <> {person} AND NOT {lapsed(t)}"
        f" AND EXISTS (SELECT 1 FROM project vo WHERE vo.id = {t}.project"
        f" AND vo.state <> '{ProjectState.FINALISING.value}')"
        f" AND EXISTS (SELECT 1 {across} <> ({_gives('vz')})"
        f" AND ({t}.decider IS NULL OR vy.city = {t}.decider) AND vy.city IN ({answering}))"
        f" AND NOT EXISTS (SELECT 1 {across} = ({_gives('vz')}) AND vy.city IN ({held})))"
    )


def require_open(project: Project, problems: Problems, *, adding: bool = False) -> None:
    """Notes once, however many parts ask, when the project's plan is closed."""
    if closed := closed_plan(project.state, adding=adding):
        problems.fields.setdefault("project", [closed])


def _gives(participation: str) -> str:
    listed = ", ".join(f"'{side.value}'" for side in sorted(GIVING))
    return f"{participation}.side IN ({listed})"


def beside(sides: Mapping[int, str], city_id: int) -> frozenset[int]:
    """The cities on the city's side of the project, itself included."""
    gives = sides[city_id] in GIVING
    return frozenset(city for city, side in sides.items() if (side in GIVING) == gives)


def across(sides: Mapping[int, str], city_id: int) -> frozenset[int]:
    """The cities on the other side."""
    return frozenset(sides) - beside(sides, city_id)


def answers(
    actor: Actor, authors: frozenset[int], beside_ids: frozenset[int], decider_ids: frozenset[int]
) -> bool:
    """Whether the actor may accept or refuse what the authors proposed for a city with
    `beside_ids` on its side, and `decider_ids` are to answer. The secretariat does not answer in a
    city's place."""
    work = Work(authors, beside_ids)
    return independent(actor, work) and actor.may_in(Permission.AGREE, decider_ids)
