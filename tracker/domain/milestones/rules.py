"""Which way a milestone goes, and who sees and does what with it."""

from dataclasses import dataclass

from tracker.domain.actor import Actor
from tracker.domain.independence import DRAWING_UP, HANDING_IN, Work, authored, independent
from tracker.domain.milestones.tables import MilestoneState
from tracker.domain.projects.rules import inside, through
from tracker.domain.roles import Permission

S = MilestoneState


def visible(t: str) -> str:
    """A milestone is as public as its project."""
    return through(f"{t}.project")


def evidence_visible(t: str) -> str:
    """Evidence stays with the partners and the secretariat: it shows people and papers. What is
    attached to the draft of a value stays with the city that writes it."""
    drafted = (
        f"EXISTS (SELECT 1 FROM value ve WHERE ve.id = {t}.value AND ve.state = 'draft'"
        f" AND (ve.city = ANY(:cities)) IS NOT TRUE)"
    )
    return f"({inside(f'{t}.project')} AND NOT {drafted})"


@dataclass(frozen=True)
class Step:
    """One way from state to state."""

    sources: tuple[MilestoneState, ...]
    target: MilestoneState


STEPS: dict[str, Step] = {
    "start": Step((S.PLANNED,), S.IN_PROGRESS),
    "submit": Step((S.PLANNED, S.IN_PROGRESS, S.MISSED), S.SUBMITTED),
    "return": Step((S.SUBMITTED,), S.IN_PROGRESS),
    "accept": Step((S.SUBMITTED,), S.ACCEPTED),
    "miss": Step((S.PLANNED, S.IN_PROGRESS), S.MISSED),
    "waive": Step((S.PLANNED, S.IN_PROGRESS, S.MISSED), S.WAIVED),
}
"""Verb -> step."""

SETTLED = frozenset({S.ACCEPTED, S.WAIVED})
"""States in which nothing more is expected."""


EDITABLE = frozenset({S.PLANNED, S.IN_PROGRESS, S.MISSED})
"""States in which nobody has judged it, or is about to."""


def unsettled(t: str) -> str:
    """Whether more is expected of the milestone. In SQL."""
    settled = ", ".join(f"'{state.value}'" for state in sorted(SETTLED))
    return f"{t}.state NOT IN ({settled})"


def late_days(t: str, today: str) -> str:
    """By how many days the unsettled milestone is late, 0 in time, where `today` is the date in the
    city that owns it. In SQL.

    The one rule of lateness, by what that city does: from the due date to the day on which the
    milestone was done once it is handed in, to today while it is not. So whoever waits for
    acceptance does not become late by it, what was done too late stays as late as it was, and
    what was returned is not done, and late again. `project_figures_told` (in the migrations) says
    the same of all milestones of a project, `late_once_due` of those that count on past days.
    """
    return f"greatest(0, coalesce({t}.completed_on, {today}) - {t}.due_on)"


def late_once_due(t: str) -> str:
    """Whether the unsettled milestone is late on every day after its due date: it is not handed
    in, or was done too late, which nobody hands in before. In SQL."""
    return f"({t}.completed_on > {t}.due_on) IS NOT FALSE"


def owner(actor: Actor, city_id: int) -> bool:
    """A coordinator of the city that owns the milestone."""
    return actor.may(Permission.PLAN, city_id)


def handed_in_by(t: str, person: str) -> str:
    """Whether the person began the milestone, missed it or handed it in, attached what shows it,
    or planned it, be it by a change of the agreed plan, and is or was of its city. In SQL."""
    attached = f"evidence ve WHERE ve.milestone = {t}.id AND ve.author = {person}"
    told = authored("milestone", f"{t}.id", HANDING_IN, person)
    of_its_city = f"membership vm WHERE vm.person = {person} AND vm.city = {t}.city"
    planned = authored("milestone", f"{t}.id", DRAWING_UP, person)
    own = f"(EXISTS (SELECT 1 FROM {of_its_city}) AND ({planned} OR {_proposed(t, person)}))"
    return f"(EXISTS (SELECT 1 FROM {attached}) OR {told} OR {own})"


def _proposed(t: str, person: str) -> str:
    """Whether the person proposed a change of the agreed plan that made the milestone what it is.
    In SQL."""
    return (
        "EXISTS (SELECT 1 FROM plan_change_item vi JOIN plan_change vc ON vc.id = vi.plan_change"
        f" WHERE vi.milestone = {t}.id AND vc.state = 'accepted' AND vc.proposed_by = {person})"
    )


def may_change(actor: Actor, city_id: int, lead_city_id: int, agreed: bool) -> bool:
    """The city that owns the milestone; until the plan is agreed, also the one that writes it."""
    return owner(actor, city_id) or (not agreed and owner(actor, lead_city_id))


def judge(actor: Actor, city_id: int, partner_ids: list[int], authors: frozenset[int]) -> bool:
    """Somebody of another partner city, or an officer; never who began it, handed it in or
    attached what shows it, nor anybody else of the city whose work it is."""
    work = Work(authors, frozenset({city_id}))
    return independent(actor, work) and actor.may_in(
        Permission.JUDGE, [city for city in partner_ids if city != city_id]
    )
