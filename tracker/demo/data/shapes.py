"""What the data look like. A day counts from today (-30 is a month ago, 12 is ahead), a month from
the present one, so that the portfolio looks current whenever it is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tracker.domain.milestones.tables import MilestoneKind
from tracker.domain.outcomes.tables import Accumulation, Aggregation, Benefit, Measure, ResultType
from tracker.domain.practices.actions import PracticePlan
from tracker.domain.projects.tables import Side

D, R = Side.DONOR, Side.RECIPIENT
"""The two sides of every project here."""


@dataclass(frozen=True)
class Member:
    """A member city: `slug` names it in the data and in addresses; `leaders` and `staff` are the
    languages (BCP 47) of its mayor and CIO, and of its coordinator and approver."""

    slug: str
    name: str
    country: str
    local_name: str
    leaders: str
    staff: str


@dataclass(frozen=True)
class Act:
    """One thing that somebody did: the domain's verb, the day, and what the verb needs besides:
    a reason, a new date, whose mayor."""

    verb: str
    day: int
    text: str = ""
    to: int = 0
    side: Side = D


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A practice; without `published` it is a draft."""

    city: str
    drafted: int
    plan: PracticePlan
    published: int | None = None
    archived: int | None = None


@dataclass(frozen=True, kw_only=True)
class Need:
    """A request: for the practice `offer`, or for a need only."""

    city: str
    opened: int
    title: str
    need: str
    wanted: str
    themes: Sequence[str]
    deadline: int
    offer: str | None = None
    budget: tuple[int, str] | None = None
    withdrawn: int | None = None


@dataclass(frozen=True)
class Stage:
    """A milestone: whose, first due when, and what happened to it."""

    title: str
    side: Side
    kind: MilestoneKind
    due: int
    acts: tuple[Act, ...] = ()
    weight: int = 1


Figure = str | tuple[int, int]
"""What was found: a number as text, numerator and denominator, or, where the measure is
qualitative, a sentence."""


@dataclass(frozen=True)
class Span:
    """Whole months, both included, with a target, and what was found. `then` says what became of
    it: approved, submitted, returned or disputed (for the reason in `note`); or, on the day `when`,
    corrected to `better` or waived."""

    first: int
    last: int
    target: str | None = None
    found: Figure | None = None
    then: str = "approved"
    note: str = ""
    when: int = 0
    better: Figure | None = None


@dataclass(frozen=True, kw_only=True)
class Gauge:
    """An indicator. The baseline was taken on the day of the proposal."""

    title: str
    unit: str = ""
    ascending: bool = True
    baseline: str | None = None
    measure: Measure = Measure.UNIT
    accumulation: Accumulation = Accumulation.PERIOD
    aggregation: Aggregation = Aggregation.LATEST
    source: str = ""
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Change:
    """A result with its indicators."""

    type: ResultType
    benefit: Benefit
    title: str
    gauges: tuple[Gauge, ...]


@dataclass(frozen=True)
class Marks:
    """A city's closing evaluation: the six criteria and the ten principles, both in the order of
    the form, and its lesson in one line and in some more."""

    criteria: tuple[int, int, int, int, int, int]
    principles: tuple[int, int, int, int, int, int, int, int, int, int]
    lesson: str
    narrative: str


@dataclass(frozen=True, kw_only=True)
class Joint:
    """A project and everything that happened to it, from `propose`, the first of its acts."""

    title: str
    summary: str
    donor: str
    recipient: str
    lead: Side
    themes: Sequence[str]
    goals: Sequence[int]
    sectors: Mapping[str, int]
    planned: tuple[int, int]
    acts: tuple[Act, ...]
    stages: tuple[Stage, ...] = ()
    changes: tuple[Change, ...] = ()
    offer: str | None = None
    need: str | None = None
    confidential: bool = False
    marks: Mapping[Side, Marks] = field(default_factory=dict)


def journey(*days: int) -> tuple[Act, ...]:
    """Proposed, submitted, reviewed, endorsed by both, agreed, signed by both, started,
    finalised, closed: as far as there are days for it. The mayors decide in between."""
    verbs = ("propose", "submit", "review", "agree", "start", "finalise", "close")
    acts = [Act(verb, day) for verb, day in zip(verbs, days, strict=False)]
    for before, verb in (("agree", "endorse"), ("start", "sign")):
        at = verbs.index(before)
        if len(days) > at:
            gap = days[at] - days[at - 1]
            acts += [
                Act(verb, days[at - 1] + gap // 3, side=D),
                Act(verb, days[at - 1] + 2 * gap // 3, side=R),
            ]
    return tuple(sorted(acts, key=lambda act: act.day))


def begun(day: int) -> tuple[Act, ...]:
    """Work on a milestone goes on since that day."""
    return (Act("start", day),)


def done(day: int, accepted: int | None = None) -> tuple[Act, ...]:
    """A milestone reached on that day, and accepted by the other side some days later."""
    return (Act("start", day - 7), Act("submit", day), Act("accept", accepted or day + 5))


def moved(day: int, to: int, reason: str) -> Act:
    """On that day, its city proposed another due date, which the other side accepted."""
    return Act("move", day, reason, to=to)


def asked(day: int, to: int, reason: str) -> Act:
    """On that day, its city proposed another due date; the other side has yet to answer."""
    return Act("propose_move", day, reason, to=to)
