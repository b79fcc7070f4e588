"""When a project will be complete if the pace so far stays: a range, never one certain day.

The pace is how many days really passed for each planned one, as in earned schedule: at an accepted
milestone, from the real start to its completion over from the planned start to its baseline; at
one that is open past its baseline, to today, because it has taken at least that long. What is
likely is the mean of these, each weighted by the milestone's weight and planned days; earliest and
latest are the paces below which a tenth and nine tenths of those weights lie. A pace that is
applied to the planned days until the last milestone gives the day, which is at least today; the
range is never narrower than a tenth of what is left, and never than a week to either side.

No milestone's being later makes any of the three earlier: means and quantiles with fixed weights
only grow.
"""

from tracker.domain.meaning import Meaning

ACCEPTED_LEAST = 2
"""Milestones that must be accepted before there is a pace to speak of."""

DAYS_LEAST = 7
"""To either side of what is likely."""

DAYS_MOST = 36_525


class ForecastGap(Meaning):
    """Why there is no forecast."""

    NOT_ACTIVE = "not_active", "Work has not begun, rests, or is over: there is no pace."
    NOTHING_OPEN = "nothing_open", "Every milestone is accepted or waived: nothing is left."
    TOO_LITTLE = (
        "too_little",
        f"Fewer than {ACCEPTED_LEAST} planned milestones are accepted: too little to go by.",
    )


def gap(t: str) -> str:
    """Why there is no forecast for the project `t`; null where there is one. In SQL."""
    return f"""CASE WHEN {t}.state <> 'active' OR {t}.actual_start_on IS NULL THEN 'not_active'
 ELSE (SELECT CASE WHEN count(*) FILTER (WHERE {_OPEN}) = 0 THEN 'nothing_open'
        WHEN count(*) FILTER (WHERE m.state = 'accepted' AND {_due("m")} > {t}.planned_start_on)
          < {ACCEPTED_LEAST} THEN 'too_little' END
       FROM milestone m WHERE m.project = {t}.id) END"""


def earliest(t: str) -> str:
    """The day at a pace that only a tenth was faster than. In SQL; null without a forecast."""
    return _day(t, f"least(d.fast, d.likely - {_MARGIN})")


def likely(t: str) -> str:
    """The day at the mean pace."""
    return _day(t, "d.likely")


def latest(t: str) -> str:
    """The day at a pace that only a tenth was slower than."""
    return _day(t, f"greatest(d.slow, d.likely + {_MARGIN})")


_OPEN = "m.state NOT IN ('accepted', 'waived')"

_MARGIN = f"greatest({DAYS_LEAST}, (d.likely - d.today) / 10)"


def _due(m: str) -> str:
    return f"coalesce({m}.baseline_due_on, {m}.due_on)"


def _day(t: str, day: str) -> str:
    """At most a century on: a pace a hundred times slower than planned is a warning, no date."""

    def at(pace: str) -> str:
        days = f"least(ceil({pace} * d.days), {DAYS_MOST})::integer"
        return f"greatest(d.today, {t}.actual_start_on + {days})"

    return f"""CASE WHEN {gap(t)} IS NULL THEN (SELECT greatest(d.today, {day}) FROM (
 SELECT d.today, {at("d.fast")} AS fast, {at("d.mean")} AS likely,
        {at("d.slow")} AS slow
 FROM (SELECT x.today, x.days, sum(x.weight * x.pace) / sum(x.weight) AS mean,
              min(x.pace) FILTER (WHERE x.below >= x.whole * 0.1) AS fast,
              min(x.pace) FILTER (WHERE x.below >= x.whole * 0.9) AS slow
       FROM (SELECT y.*, sum(y.weight) OVER (ORDER BY y.pace, y.id) AS below,
                    sum(y.weight) OVER () AS whole
             FROM ({_paces(t)}) y WHERE y.counts) x
       GROUP BY x.today, x.days) d) d) END"""


def _paces(t: str) -> str:
    """A row for each milestone: whether it tells of the pace, which, and how much that weighs."""
    planned = f"({_due('m')} - {t}.planned_start_on)"
    return f"""SELECT m.id, n.today, max({planned}) OVER () AS days,
   m.weight * greatest({planned}, 1)::numeric AS weight,
   greatest(1, CASE m.state WHEN 'accepted' THEN m.completed_on ELSE n.today END
     - {t}.actual_start_on)::numeric / greatest({planned}, 1) AS pace,
   {planned} > 0 AND (m.state = 'accepted' OR {_due("m")} < n.today) AS counts
 FROM milestone m,
   (SELECT (:now AT TIME ZONE c.time_zone)::date AS today FROM city c WHERE c.id = {t}.lead_city) n
 WHERE m.project = {t}.id AND m.state <> 'waived'"""
