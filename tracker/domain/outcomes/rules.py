"""What the figures mean, and who sees, reports and approves them."""

from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from tracker.domain.actor import Actor
from tracker.domain.independence import REPORTING, Work, authored, independent
from tracker.domain.projects.rules import among_partners, inside, through
from tracker.domain.roles import Permission

PERCENTAGE_STEP = Decimal("1e-12")
"""A percentage that never ends is rounded here; numerator and denominator stay the truth."""


def visible(t: str) -> str:
    """Results, indicators and periods are as public as their project."""
    return through(f"{t}.project")


def value_visible(t: str) -> str:
    """A value that was once approved is as public as its project; others stay among the partners
    and the secretariat, and a draft with the city that writes it."""
    return f"({through(f'{t}.project')} AND {value_visible_in_project(t)})"


def value_visible_in_project(t: str) -> str:
    """What is left to ask once the project itself is visible."""
    return (
        f"({t}.state IN ('approved', 'superseded')"
        f" OR (({t}.state <> 'draft' OR ({t}.city = ANY(:cities)) IS TRUE)"
        f" AND {among_partners(f'{t}.project')}))"
    )


def value_part_visible(t: str) -> str:
    """A part of a value to whoever sees the value."""
    return f"EXISTS (SELECT 1 FROM value vw WHERE vw.id = {t}.whole AND {value_visible('vw')})"


def verdict_visible(t: str) -> str:
    """What cities say of each other's values, and why, stays among the partners and the
    secretariat; that a value is disputed shows wherever the value does."""
    return inside(f"{t}.project")


def said(t: str, kind: str) -> str:
    """Whether a partner city says this of the value row `t`. In SQL."""
    return f"EXISTS (SELECT 1 FROM verdict vj WHERE vj.value = {t}.id AND vj.kind = '{kind}')"


def returned_on(t: str) -> str:
    """The day, by the city that reported it, on which the value row `t` was last returned; NULL of
    one that is not returned at present. In SQL."""
    return (
        f"(SELECT (vr.at AT TIME ZONE vz.time_zone)::date FROM audit_event vr, city vz"
        f" WHERE {t}.state = 'returned' AND vz.id = {t}.city AND vr.subject_type = 'value'"
        f" AND vr.subject_id = {t}.id AND vr.verb = 'return' ORDER BY vr.id DESC LIMIT 1)"
    )


def unmeasured(q: str) -> str:
    """Whether nobody has reported yet what lasted, for the follow-up's period row `q`. In SQL. A
    draft is nothing yet, and what was returned is to be reported again."""
    return f"({q}.follow_up AND {unreported(q)})"


def unreported(q: str) -> str:
    """Whether a value of the period row `q` is expected, and nobody has handed one in. In SQL."""
    return (
        f"({q}.waived_reason IS NULL AND NOT EXISTS (SELECT 1 FROM value vu"
        f" WHERE vu.period = {q}.id AND vu.state IN ('submitted', 'approved')))"
    )


def differing(t: str) -> str:
    """The names of the dimensions whose parts should add up to the value row `t`, are all there,
    and do not. In SQL. Of percentages the counted parts are compared, never the percentages."""
    return f"""ARRAY(SELECT vd.name FROM dimension vd
      JOIN value_part vp ON vp.dimension = vd.id AND vp.whole = {t}.id
      WHERE vd.additive GROUP BY vd.id
      HAVING count(*) = cardinality(vd.categories)
         AND CASE WHEN {t}.denominator IS NULL THEN sum(vp.value) <> {t}.value
                  ELSE sum(vp.numerator) <> {t}.numerator
                    OR sum(vp.denominator) <> {t}.denominator END
      ORDER BY vd.id)"""


def reporter(actor: Actor, city_id: int, partner_ids: list[int]) -> bool:
    """A coordinator of the city, which is a partner."""
    return city_id in partner_ids and actor.may(Permission.REPORT, city_id)


def approver(actor: Actor, city_id: int, partner_ids: list[int], authors: frozenset[int]) -> bool:
    """A person of another partner city than the reporting one, or an officer; never who reported
    or revised the value, nor anybody else of the city that did."""
    work = Work(authors, frozenset({city_id}))
    return independent(actor, work) and actor.may_in(Permission.JUDGE, partner_ids)


def reported_by(t: str, person: str) -> str:
    """Whether the person reported or revised the value. In SQL."""
    told = authored("value", f"{t}.id", REPORTING, person)
    return f"(coalesce({t}.author = {person}, false) OR {told})"


def speaking_city(
    actor: Actor, city_id: int, partner_ids: list[int], authors: frozenset[int]
) -> int | None:
    """The partner city, other than the reporting one, for which the actor may confirm or dispute
    the value; None where there is none."""
    if not independent(actor, Work(authors, frozenset({city_id}))):
        return None
    others = (city for city in partner_ids if city != city_id)
    return next((city for city in others if actor.may(Permission.JUDGE, city)
                 and city in actor.city_ids), None)  # fmt: skip


def percentage(numerator: Decimal, denominator: Decimal) -> Decimal:
    """100 · numerator / denominator, without trailing zeros. The denominator is positive."""
    with localcontext(prec=60, rounding=ROUND_HALF_EVEN):
        exact = (100 * numerator / denominator).quantize(PERCENTAGE_STEP)
    return Decimal(f"{exact:f}".rstrip("0").rstrip("."))


FIGURES = "indicator_figures"
"""The table of what is kept beside each indicator, by triggers; its key is `indicator`."""


def achievement(f: str) -> str:
    """How much of the way from the baseline to the target was gone, by the latest approved value
    of the indicator with the kept row `f`: 1 is all of it, more is overshoot, less than 0 is
    regress; neither is clamped away. Null while a figure is missing. In SQL.

    The formula, the database's function `achieved`, serves both directions. A target that equals
    the baseline means "maintain": 1 when held or better; otherwise 1 less the loss as a share of
    the target (holding 80 and falling to 60 gives 0.75), or 0 where the target is zero and nothing
    can be a share of it.
    """
    return f"{f}.achievement"


def rolled_up(k: str) -> str:
    """The value of several indicators that measure the same in the same unit, as an SQL aggregate
    over what projects add to it, their kept rows `k`, which the database works out of approved
    values by the view `project_roll_up_told`: that of the newest period where the latest counts, a
    percentage from the sums of its parts, or else the sum. Null where nothing is known, and where
    the indicators say that their values are not to be rolled up: they keep nothing then."""
    day = f"({k}.latest_on - date '2000-01-01')::numeric"
    return f"""CASE WHEN count({k}.latest_indicator) > 0
  THEN (max(ARRAY[{day}, {k}.latest_indicator, {k}.value])
        FILTER (WHERE {k}.latest_indicator IS NOT NULL))[3]
  ELSE coalesce(round(100 * sum({k}.numerator) / nullif(sum({k}.denominator), 0), 12),
                sum({k}.value)) END"""


def missing(k: str) -> str:
    """How many periods of a project's kept row `k` are over, by the leading city's date, with
    neither an approved value nor a waiver; null for none. In SQL."""
    return f"width_bucket(:now, {k}.missing_from)"


def contradicts(baseline: Decimal | None, target: Decimal | None, ascending: bool) -> bool:
    """Whether the target is worse than where the indicator stands already."""
    if baseline is None or target is None:
        return False
    return target < baseline if ascending else target > baseline
