"""How a project fares, computed: by its schedule, its outcomes, and whether anybody is heard of.

In SQL over a project `t` and its kept row `f` of `project_figures`, which triggers hold true at
every commit (see the migration that made them): what changes with a row is kept there, what
changes with the day is compared here.

Each dimension is green, amber, red or unknown; overall is the worst of them in this order:

    red > amber > unknown > green

Known trouble is shown even where something else is unknown, because it asks for action today.
Unknown is worse than green, because green promises that somebody looked. What cannot be known yet
(no period has ended, so no value is due) does not count; what should be known and is not, does.
Budget and partnership are judged by people in their reports; nothing here guesses them.
"""

from tracker.domain.meaning import Meaning
from tracker.domain.projects.rules import RUNNING, insider
from tracker.domain.projects.tables import Health

KEPT = "project_figures"
"""The table of the kept rows; its key is `project`."""


class HealthReason(Meaning):
    """What makes computed health what it is: the first that holds, in this order."""

    LATE = "late", "A milestone is later than the project tolerates."
    OUTCOMES = "outcomes", "An indicator is further from its target than the project tolerates."
    UNPLANNED = "unplanned", "There is no milestone to be on time with."
    MISSING_VALUES = (
        "missing_values",
        "A period ended more than staleDays ago, and nobody approved or waived its value.",
    )
    SILENT = "silent", "Nothing was updated for more than staleDays."


class HealthDisagreement(Meaning):
    """How reported health compares with the computed one, from red over amber and unknown to
    green."""

    NONE = "none", "Both say the same."
    REPORTED_BETTER = "reported_better", "The cities report it better than it computes."
    REPORTED_WORSE = (
        "reported_worse",
        "The cities report it worse: they may know what figures do not tell yet.",
    )


_RUNNING = ", ".join(f"'{state.value}'" for state in sorted(RUNNING))


def under_way(t: str) -> str:
    """Whether health is told at all."""
    return f"{t}.state IN ({_RUNNING})"


def late_days(t: str, f: str) -> str:
    """Days by which the open milestone that is latest is late, by the rule of `late_days` of
    milestones: the one due first of those not handed in, or one that was done later than that. 0 if
    none is. Nothing is late any more once the project has ended."""
    late = f"(:now AT TIME ZONE {f}.late_zone)::date - {f}.late_due_on"
    most = f"greatest(0, {late}, {f}.done_late)"  # which nulls do not change
    return f"CASE WHEN {t}.ended_at IS NULL THEN {most} ELSE 0 END"


def slipped_days(f: str) -> str:
    """The weighted mean of days between each milestone's baseline and its completion, or its
    present due date while it is open; one that came early counts against one that slipped."""
    return f"round({f}.slipped::numeric / nullif({f}.slip_weight, 0), 1)"


def schedule(t: str, f: str) -> str:
    """Health of the schedule."""
    return f"""CASE WHEN NOT {under_way(t)} OR {f}.milestones = 0 THEN 'unknown'
 WHEN {f}.red_from <= :now THEN 'red'
 WHEN {f}.amber_from <= :now THEN 'amber' ELSE 'green' END"""


def outcomes(t: str, f: str) -> str:
    """Health of the outcomes: that of the indicator that is furthest behind. A tenth below target
    is what donors have explained to them; below 60 % is what the Global Fund calls inadequate."""
    return f"""CASE WHEN NOT {under_way(t)} THEN 'unknown'
 WHEN {f}.outcome_share < {t}.red_share THEN 'red'
 WHEN {f}.outcome_share < {t}.amber_share THEN 'amber'
 WHEN {f}.outcome_share IS NULL OR {missing(f)} THEN 'unknown' ELSE 'green' END"""


def missing(f: str) -> str:
    """Whether a value that is due has been missing for too long, by the leading city's date."""
    return f"coalesce({f}.missing_from <= :now, false)"


def stale(t: str, f: str) -> str:
    """Whether the reader has heard nothing of it for too long. The days on which it was last heard
    of are kept; where they differ for who is inside, or where the instant decides, `silent` looks
    more closely."""
    since = f":now - make_interval(days => {t}.stale_days)"
    return f"""CASE WHEN {f}.heard_inside <= {since} - interval '1 day' THEN true
 WHEN {f}.heard >= {since} THEN false
 ELSE silent({f}.project, {f}.heard, {f}.heard_inside, {insider(t)}, {since}) END"""


def updated(t: str) -> str:
    """When anything about it last changed, to everybody as far as they see: what goes on inside
    does not show in its time. To talk about a project changes nothing of it."""
    return f"last_news({t}.id, {insider(t)})"


def overall(t: str, f: str) -> str:
    """The worst of the dimensions."""
    arms = "".join(f" WHEN {when} THEN '{health.value}'" for when, health, _ in _worst(t, f))
    return f"CASE WHEN NOT {under_way(t)} THEN 'unknown'{arms} ELSE 'green' END"


def severity(t: str, f: str) -> str:
    """The place of the computed health among all, from the worst, 0, to the best."""
    worst_first = ", ".join(f"'{health.value}'" for health in reversed(RANKED))
    return f"array_position(ARRAY[{worst_first}], {overall(t, f)}) - 1"


def reason(t: str, f: str) -> str:
    """What makes it so; null while it is green or not under way."""
    arms = "".join(f" WHEN {when} THEN '{why.value}'" for when, _, why in _worst(t, f))
    return f"CASE WHEN NOT {under_way(t)} THEN NULL{arms} END"


def disagreement(t: str, computed: str) -> str:
    """How what is reported compares with what is computed; null when nobody reported, or the
    project is not under way."""
    order = f"ARRAY[{', '.join(repr(each.value) for each in RANKED)}]"
    places = f"array_position({order}, {{0}}::text)".format
    return f"""CASE WHEN {t}.reported_health IS NULL OR NOT {under_way(t)} THEN NULL
 ELSE (ARRAY['reported_better', 'none', 'reported_worse'])
   [2 + sign({places(f"{t}.reported_health")} - {places(f"({computed})")})::integer] END"""


def comparison(t: str, computed: str) -> str:
    """The disagreement in words, such as "Reported green, computed red."; null where there is
    none."""
    return f"""CASE WHEN {under_way(t)} AND {t}.reported_health <> ({computed})
 THEN 'Reported ' || {t}.reported_health || ', computed ' || ({computed}) || '.' END"""


RANKED = (Health.GREEN, Health.UNKNOWN, Health.AMBER, Health.RED)
"""From the best to the worst."""


def _worst(t: str, f: str) -> list[tuple[str, Health, HealthReason]]:
    """Everything that makes health worse than green, the worst first."""
    share = f"{f}.outcome_share"
    return [
        (f"{f}.red_from <= :now", Health.RED, HealthReason.LATE),
        (f"{share} < {t}.red_share", Health.RED, HealthReason.OUTCOMES),
        (f"{f}.amber_from <= :now", Health.AMBER, HealthReason.LATE),
        (f"{share} < {t}.amber_share", Health.AMBER, HealthReason.OUTCOMES),
        (f"{f}.milestones = 0", Health.UNKNOWN, HealthReason.UNPLANNED),
        (missing(f), Health.UNKNOWN, HealthReason.MISSING_VALUES),
        (stale(t, f), Health.UNKNOWN, HealthReason.SILENT),
    ]
