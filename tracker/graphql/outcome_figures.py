"""What projects changed, as figures: how far indicators came, and roll-ups of those that measure
the same."""

from tracker.domain.outcomes.rules import missing, rolled_up
from tracker.domain.outcomes.tables import Accumulation, Aggregation, Measure
from tracker.graphql.planner.aggregate import Block, Figure, Listing, Part, Source, counted
from tracker.graphql.planner.kinds import BOOLEAN, DATE, DECIMAL, INT, TEXT, enumeration

ROLL_UPS_MOST = 500

SOURCES = {
    # Approved values are as public as their project, whose visibility is settled by then.
    "roll_ups": Source(joins="JOIN project_roll_up k ON k.project = {t}.id"),
}
"""What each project adds to the roll-ups, kept by triggers (see the migration)."""


def _kept(column: str, description: str) -> Figure:
    """The sum of what is kept beside each project."""
    return Figure(INT, f"coalesce(sum({column}), 0)::bigint", description, source="figures")


OUTCOMES = Block(
    "OutcomeFigures",
    "How far indicators with numbers came, by their latest approved values. Unknown is not zero.",
    {
        "indicators": _kept("f.indicators", "Indicators with numbers."),
        "measured": _kept("f.measured", "Those whose achievement is known."),
        "unknown": _kept(
            "f.indicators - f.measured", "Those without baseline, target or approved value."
        ),
        "onTarget": _kept("f.on_target", "Those at or beyond their target."),
        "improved": _kept("f.improved", "Those better than their baseline."),
        "projects": counted(
            "f.measured > 0",
            "Projects with an indicator whose achievement is known.",
            "figures",
        ),
    },
)

DEFINITION = {
    "definition": Part(TEXT, "r.definition", "What is measured, in lower case."),
    "unit": Part(TEXT, "r.unit", "Unit of the values; different units are never added up."),
    "measure": Part(enumeration(Measure), "r.measure", "IATI indicator measure."),
    "aggregation": Part(
        enumeration(Aggregation), "r.aggregation", "How values are rolled up over projects."
    ),
    "accumulation": Part(
        enumeration(Accumulation), "r.accumulation", "How values relate over time."
    ),
    "ascending": Part(BOOLEAN, "r.ascending", "Whether more is better."),
}
"""Indicators that agree in all of these measure the same and may be rolled up."""


ROLL_UP = Listing(
    "IndicatorRollUp",
    "Indicators of several projects that measure the same, in one unit, rolled up as they say:"
    " sums, percentages from the sums of numerators and denominators, or the latest value. Over"
    " time, values of periods add up, cumulative ones and snapshots count with their latest.",
    source="roll_ups",
    parts={
        **DEFINITION,
        "notAggregable": Part(
            TEXT,
            "CASE WHEN r.measure = 'qualitative' THEN 'Findings in words have no sum.'"
            " WHEN r.aggregation = 'none'"
            " THEN 'The indicators say that their values are not rolled up.' END",
            "Why there is no rolled-up value although values may be known; null where there is.",
            null=True,
        ),
    },
    figures={
        "title": Figure(TEXT, "min(k.title)", "What is measured, as one of them says it."),
        "value": Figure(
            DECIMAL,
            rolled_up("k"),
            "The rolled-up value; null when none is known, or when it may not be rolled up.",
            null=True,
        ),
        "numerator": Figure(
            DECIMAL,
            "sum(k.numerator)",
            "What was counted, of a ratio of sums.",
            null=True,
        ),
        "denominator": Figure(
            DECIMAL,
            "sum(k.denominator)",
            "The whole that it is a part of.",
            null=True,
        ),
        "latestOn": Figure(
            DATE, "max(k.latest_on)", "Last day of the newest period that counts.", null=True
        ),
        "indicators": Figure(INT, "sum(k.indicators)", "Indicators."),
        "reported": Figure(INT, "sum(k.reported)", "Those with an approved value."),
        "unknown": Figure(
            INT,
            "sum(k.indicators) - sum(k.reported)",
            "Those without: they are missing from the value, which does not take them for zero.",
        ),
        "missingValues": Figure(
            INT,
            f"coalesce(sum({missing('k')}), 0)",
            "Periods that ended without an approved value or waiver.",
        ),
        "projects": Figure(INT, "count(*)", "Projects."),
    },
    most=ROLL_UPS_MOST,
    by="k.roll_up",
    named="JOIN roll_up r ON r.id = {by}",
)

ROLL_UPS = Block(
    "IndicatorRollUps",
    "Indicators rolled up over projects.",
    {
        "totalCount": Figure(
            INT,
            "count(DISTINCT k.roll_up)",
            "Different indicators in all.",
            source="roll_ups",
        ),
        "nodes": ROLL_UP,
    },
)
