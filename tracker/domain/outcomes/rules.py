"""What the figures mean, and who sees, reports and approves them."""

from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from tracker.domain.actor import Actor
from tracker.domain.independence import REPORTING, Work, authored, independent
from tracker.domain.projects.rules import inside, through
from tracker.domain.roles import Permission

PERCENTAGE_STEP = Decimal("1e-12")
"""A percentage that never ends is rounded here; numerator and denominator stay the truth."""


def visible(t: str) -> str:
    """Results, indicators and periods are as public as their project."""
    return through(f"{t}.project")


def value_visible(t: str) -> str:
    """A value that was once approved is as public as its project; others stay among the partners
    and the secretariat, and a draft with the city that writes it."""
    return (
        f"(({t}.state IN ('approved', 'superseded') AND {through(f'{t}.project')})"
        f" OR (({t}.state <> 'draft' OR ({t}.city = ANY(:cities)) IS TRUE)"
        f" AND {inside(f'{t}.project')}))"
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


def unmeasured(q: str) -> str:
    """Whether nobody has reported yet what lasted, for the follow-up's period row `q`. In SQL. A
    draft is nothing yet, and what was returned is to be reported again."""
    return (
        f"({q}.follow_up AND {q}.waived_reason IS NULL AND NOT EXISTS (SELECT 1 FROM value vu"
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


def achievement(t: str) -> str:
    """How much of the way from the baseline to the target was gone, by the latest approved value
    of the indicator row `t`: 1 is all of it, more is overshoot, less than 0 is regress; neither is
    clamped away. Null while a figure is missing. In SQL, so that it can be filtered and ordered by.

    The formula serves both directions. A target that equals the baseline means "maintain": 1 when
    held or better; otherwise 1 less the loss as a share of the target (holding 80 and falling to
    60 gives 0.75), or 0 where the target is zero and nothing can be a share of it.
    """
    return f"""
(SELECT {achieved(t, "v.value", "q.target_value")}
 FROM value v JOIN period q ON q.id = v.period WHERE v.id = {t}.latest_value)
"""


def achieved(t: str, value: str, target: str) -> str:
    """The formula of `achievement` for a value and a target, over SQL expressions; a function of
    the database, by which the figures kept of projects are worked out too."""
    return f"round(achieved({t}.baseline_value, {target}, {value}, {t}.ascending), 4)"


def reduced(projects: str) -> str:
    """What approved values come to over time, a row for each `indicator` with a period in the
    `projects` (an SQL relation with their `id`): `total`, `latest` with its `target`, and the parts
    of percentages of both; `latest_on`, the end of the last period that has a value, null where
    none has; `missing`, periods that ended, by the leading city's date, with neither a value nor a
    waiver. In SQL; one pass over the values, however many indicators there are."""
    return f"""
SELECT x.indicator, x.value AS latest, x.target_value AS target, x.numerator, x.denominator,
       CASE WHEN x.id IS NOT NULL THEN x.ends_on END AS latest_on,
       x.total, x.numerators, x.denominators, x.missing
FROM (SELECT q.indicator, q.ends_on, q.target_value, v.id, v.value, v.numerator, v.denominator,
             sum(v.value) OVER w AS total, sum(v.numerator) OVER w AS numerators,
             sum(v.denominator) OVER w AS denominators,
             count(*) FILTER (WHERE v.id IS NULL AND q.waived_reason IS NULL
               AND q.ends_on < (:now AT TIME ZONE y.time_zone)::date) OVER w AS missing,
             row_number() OVER (PARTITION BY q.indicator ORDER BY v.id IS NULL, q.ends_on DESC)
               AS rank
      FROM period q
      JOIN project p ON p.id = q.project
      JOIN city y ON y.id = p.lead_city
      LEFT JOIN value v ON v.period = q.id AND v.state = 'approved'
      WHERE q.project IN (SELECT z.id FROM {projects} z)
      WINDOW w AS (PARTITION BY q.indicator)) x
WHERE x.rank = 1
"""


def over_time(t: str, v: str, total: str, latest: str) -> str:
    """Which of the two stands for an indicator: values of periods add up, cumulative ones and
    snapshots already hold what came before. In SQL."""
    return f"CASE {t}.accumulation WHEN 'period' THEN {v}.{total} ELSE {v}.{latest} END"


def rolled_up(t: str, v: str) -> str:
    """The value of several indicators `t` that measure the same in the same unit, from their
    `reduced` rows `v`, as an SQL aggregate. Null where nothing is known, and where the indicators
    say that their values are not to be rolled up. A percentage comes from the sums of its parts."""
    numerators = over_time(t, v, "numerators", "numerator")
    denominators = over_time(t, v, "denominators", "denominator")
    return f"""CASE {t}.aggregation
  WHEN 'sum' THEN sum({over_time(t, v, "total", "latest")})
  WHEN 'ratio_of_sums' THEN round(100 * sum({numerators}) / nullif(sum({denominators}), 0), 12)
  WHEN 'latest' THEN (array_agg({v}.latest ORDER BY {v}.latest_on DESC, {t}.id DESC)
                      FILTER (WHERE {v}.latest_on IS NOT NULL))[1] END"""


def contradicts(baseline: Decimal | None, target: Decimal | None, ascending: bool) -> bool:
    """Whether the target is worse than where the indicator stands already."""
    if baseline is None or target is None:
        return False
    return target < baseline if ascending else target > baseline
