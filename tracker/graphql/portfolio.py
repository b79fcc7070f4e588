"""The portfolio: figures over projects, as a whole and group by group."""

from collections.abc import Iterable
from enum import StrEnum

from graphql import GraphQLError

from tracker.domain import currencies
from tracker.domain.budgets.rules import RATE_DAYS, converted, rated
from tracker.domain.events import history
from tracker.domain.milestones.tables import MilestoneState
from tracker.domain.outcomes.rules import achieved, over_time, reduced, rolled_up
from tracker.domain.outcomes.tables import Accumulation, Aggregation, Measure
from tracker.domain.projects.rules import ENDED, RUNNING
from tracker.domain.projects.tables import Health, ProjectState
from tracker.graphql.planner.aggregate import (
    Aggregate,
    Argument,
    Block,
    Figure,
    Key,
    Listing,
    Part,
    Source,
)
from tracker.graphql.planner.kinds import (
    BOOLEAN,
    DATE,
    DECIMAL,
    INT,
    TEXT,
    Kind,
    enumeration,
    list_of,
)
from tracker.graphql.projects import HEALTH
from tracker.graphql.registry import registry

ROLL_UPS_MOST = 500


def currency(code: str) -> str:
    """The code of a currency in capitals. Raises GraphQLError for one that is none."""
    found = code.strip().upper()
    if not currencies.known(found):
        raise GraphQLError(f"to: {code[:20]!r} is no currency; write its ISO 4217 code.")
    return found


def _count(condition: str, description: str, source: str = "", what: str = "*") -> Figure:
    return Figure(INT, f"count({what}) FILTER (WHERE {condition})", description, source=source)


def _counts(
    members: Iterable[StrEnum], sql: str, noun: str, source: str = ""
) -> dict[str, Figure | Listing | Block]:
    """A figure for each member of an enum: how many have it."""
    return {
        _camel(member.value): _count(
            f"{sql} = '{member.value}'",
            f"{noun} that are {member.value.replace('_', ' ')}.",
            source,
        )
        for member in members
    }


def _camel(words: str) -> str:
    first, *others = words.split("_")
    return first + "".join(word.capitalize() for word in others)


LEAD_TODAY = "({now} AT TIME ZONE lc.time_zone)::date"
OWNER_TODAY = "({now} AT TIME ZONE mc.time_zone)::date"


def _in(states: Iterable[ProjectState]) -> str:
    listed = ", ".join(f"'{state.value}'" for state in sorted(states))
    return f"IN ({listed})"


UNDER_WAY = f"{{t}}.state {_in(RUNNING | {ProjectState.AGREED})}"
NOT_ENDED = f"{{t}}.state NOT {_in(ENDED)}"
MILESTONES_PAST = history.milestones("{rows}")

SOURCES = {
    "lead": Source(joins="JOIN city lc ON lc.id = {t}.lead_city", timeless=True),
    "health": Source(joins=f"CROSS JOIN LATERAL (SELECT {HEALTH} AS health OFFSET 0) h"),
    "milestones": Source("Milestone", on="{c}.project = {t}.id", past=MILESTONES_PAST),
    "open_milestones": Source(
        "Milestone",
        on="{c}.project = {t}.id AND {c}.state NOT IN ('accepted', 'waived')"
        f" AND {NOT_ENDED}",
        joins="JOIN city mc ON mc.id = {c}.city",
        past=MILESTONES_PAST,
    ),
    "budget": Source("BudgetLine", on="{c}.project = {t}.id"),
    "converted": Source(
        "BudgetLine",
        on="{c}.project = {t}.id",
        joins=f"LEFT JOIN LATERAL ({rated('{c}.currency', '{c}.value_on')}) given ON true"
        f" LEFT JOIN LATERAL ({rated('{to}', '{c}.value_on')}) wanted ON true"
        f" CROSS JOIN LATERAL (SELECT {converted('{c}', '{to}', 'given', 'wanted')} AS amount) r",
    ),
    # Approved values are as public as their project, whose visibility is settled by then.
    "outcomes": Source(
        "Indicator",
        on="{c}.project = {t}.id AND {c}.measure <> 'qualitative'",
        joins=f"LEFT JOIN ({reduced('{rows}')}) v ON v.indicator = {{c}}.id"
        f" CROSS JOIN LATERAL (SELECT {achieved('{c}', 'v.latest', 'v.target')} AS achieved) a",
    ),
    "indicators": Source("Indicator", on="{c}.project = {t}.id"),
    "roll_ups": Source(
        "Indicator",
        on="{c}.project = {t}.id",
        joins=f"LEFT JOIN ({reduced('{rows}')}) v ON v.indicator = {{c}}.id",
    ),
}
"""Where figures come from, besides the projects themselves."""

UNCONVERTED = "count(*) FILTER (WHERE r.amount IS NULL)"

CONVERTED = Block(
    "ConvertedBudget",
    f"Budget lines in one currency, each at the rate of its value date or of the last day before"
    f" with a rate, {RATE_DAYS} days back at most. What has no rate is listed, never left out.",
    {
        "amount": Figure(
            DECIMAL,
            "round(sum(r.amount), 2)",
            "Sum of what could be converted, rounded once; null when nothing could.",
            null=True,
            source="converted",
        ),
        "lines": Figure(
            INT, "count(r.amount)", "Budget lines that were converted.", source="converted"
        ),
        "sources": Figure(
            list_of(TEXT),
            "array_agg(DISTINCT concat_ws('; ', given.source, nullif(wanted.source, given.source)))"
            " FILTER (WHERE r.amount IS NOT NULL AND coalesce(given.source, wanted.source)"
            " IS NOT NULL)",
            "Who published the rates; null when none was needed.",
            null=True,
            source="converted",
        ),
        "unconverted": Listing(
            "UnconvertedBudget",
            "Budget lines for whose value date there is no rate, currency by currency.",
            source="converted",
            parts={"currency": Part(TEXT, "{c}.currency", "Currency, ISO 4217.")},
            figures={
                "amount": Figure(
                    DECIMAL, "sum({c}.amount) FILTER (WHERE r.amount IS NULL)", "Sum of the lines."
                ),
                "lines": Figure(INT, UNCONVERTED, "Budget lines."),
            },
            having=f"{UNCONVERTED} > 0",
        ),
    },
    {"to": Argument(TEXT, "The currency wanted, ISO 4217, such as EUR.", currency)},
)

BUDGET = Block(
    "BudgetFigures",
    "Budget lines that you may see: those of your own city's projects, and all of them for the"
    " secretariat. Projects whose budget you may not see count as projects, not here.",
    {
        "lines": Figure(INT, "count(*)", "Budget lines that you may see.", source="budget"),
        "projects": Figure(
            INT,
            "count(DISTINCT {t}.id)",
            "Projects with a budget line that you may see.",
            source="budget",
        ),
        "byCurrency": Listing(
            "BudgetInCurrency",
            "Budget lines of one currency. Sums of different currencies are never added up.",
            source="budget",
            parts={"currency": Part(TEXT, "{c}.currency", "Currency, ISO 4217.")},
            figures={
                "amount": Figure(DECIMAL, "sum({c}.amount)", "Sum of the lines."),
                "lines": Figure(INT, "count(*)", "Budget lines."),
            },
        ),
        "converted": CONVERTED,
    },
)

OVERDUE = Block(
    "OverdueFigures",
    "What is past its day by the civil date of the city that it belongs to. Nothing is overdue in"
    " a project that has ended.",
    {
        "projects": _count(
            f"{UNDER_WAY} AND {{t}}.planned_end_on < {LEAD_TODAY}",
            "Agreed projects past their planned end, by the leading city's date.",
            "lead",
        ),
        "milestones": _count(
            f"{{c}}.due_on < {OWNER_TODAY}",
            "Open milestones past their due date, by the owner city's date.",
            "open_milestones",
        ),
        "projectsWithMilestones": _count(
            f"{{c}}.due_on < {OWNER_TODAY}",
            "Projects with such a milestone.",
            "open_milestones",
            "DISTINCT {t}.id",
        ),
    },
)

OUTCOMES = Block(
    "OutcomeFigures",
    "How far indicators with numbers came, by their latest approved values. Unknown is not zero.",
    {
        "indicators": Figure(INT, "count(*)", "Indicators with numbers.", source="outcomes"),
        "measured": Figure(
            INT, "count(a.achieved)", "Those whose achievement is known.", source="outcomes"
        ),
        "unknown": _count(
            "a.achieved IS NULL", "Those without baseline, target or approved value.", "outcomes"
        ),
        "onTarget": _count("a.achieved >= 1", "Those at or beyond their target.", "outcomes"),
        "improved": _count("a.achieved > 0", "Those better than their baseline.", "outcomes"),
        "projects": _count(
            "a.achieved IS NOT NULL",
            "Projects with an indicator whose achievement is known.",
            "outcomes",
            "DISTINCT {t}.id",
        ),
    },
)

DEFINITION = {
    "definition": Part(TEXT, "lower({c}.title)", "What is measured, in lower case."),
    "unit": Part(TEXT, "{c}.unit", "Unit of the values; different units are never added up."),
    "measure": Part(enumeration(Measure), "{c}.measure", "IATI indicator measure."),
    "aggregation": Part(
        enumeration(Aggregation), "{c}.aggregation", "How values are rolled up over projects."
    ),
    "accumulation": Part(
        enumeration(Accumulation), "{c}.accumulation", "How values relate over time."
    ),
    "ascending": Part(BOOLEAN, "{c}.ascending", "Whether more is better."),
}
"""Indicators that agree in all of these measure the same and may be rolled up."""


def _parts_of(sums: str, latest: str) -> str:
    return (
        "CASE WHEN {c}.aggregation = 'ratio_of_sums'"
        f" THEN sum({over_time('{c}', 'v', sums, latest)}) END"
    )


ROLL_UP = Listing(
    "IndicatorRollUp",
    "Indicators of several projects that measure the same, in one unit, rolled up as they say:"
    " sums, percentages from the sums of numerators and denominators, or the latest value. Over"
    " time, values of periods add up, cumulative ones and snapshots count with their latest.",
    source="roll_ups",
    parts=DEFINITION,
    figures={
        "title": Figure(TEXT, "min({c}.title)", "What is measured, as one of them says it."),
        "value": Figure(
            DECIMAL,
            rolled_up("{c}", "v"),
            "The rolled-up value; null when none is known, or when it may not be rolled up.",
            null=True,
        ),
        "numerator": Figure(
            DECIMAL,
            _parts_of("numerators", "numerator"),
            "What was counted, of a ratio of sums.",
            null=True,
        ),
        "denominator": Figure(
            DECIMAL,
            _parts_of("denominators", "denominator"),
            "The whole that it is a part of.",
            null=True,
        ),
        "notAggregable": Figure(
            TEXT,
            "CASE WHEN {c}.measure = 'qualitative' THEN 'Findings in words have no sum.'"
            " WHEN {c}.aggregation = 'none'"
            " THEN 'The indicators say that their values are not rolled up.' END",
            "Why there is no rolled-up value although values may be known; null where there is.",
            null=True,
        ),
        "latestOn": Figure(
            DATE, "max(v.latest_on)", "Last day of the newest period that counts.", null=True
        ),
        "indicators": Figure(INT, "count(*)", "Indicators."),
        "reported": Figure(INT, "count(v.latest_on)", "Those with an approved value."),
        "unknown": Figure(
            INT,
            "count(*) - count(v.latest_on)",
            "Those without: they are missing from the value, which does not take them for zero.",
        ),
        "missingValues": Figure(
            INT,
            "coalesce(sum(v.missing), 0)::bigint",
            "Periods that ended without an approved value or waiver.",
        ),
        "projects": Figure(INT, "count(DISTINCT {t}.id)", "Projects."),
    },
    most=ROLL_UPS_MOST,
)

ROLL_UPS = Block(
    "IndicatorRollUps",
    "Indicators rolled up over projects.",
    {
        "totalCount": Figure(
            INT,
            f"count(DISTINCT ({', '.join(part.sql for part in DEFINITION.values())}))",
            "Different indicators in all.",
            source="indicators",
        ),
        "nodes": ROLL_UP,
    },
)

FIGURES: dict[str, Figure | Listing | Block] = {
    "count": Figure(INT, "count({t}.id)", "Projects; one of two cities counts once."),
    "states": Block(
        "StateCounts", "Projects by state.", _counts(ProjectState, "{t}.state", "Projects")
    ),
    "health": Block(
        "HealthCounts",
        "Projects by computed health. Unknown is a value of its own.",
        _counts(Health, "h.health", "Projects", "health"),
    ),
    "reportedHealth": Block(
        "ReportedHealthCounts",
        "Projects by the health that their cities report.",
        _counts(Health, "{t}.reported_health", "Projects")
        | {"unreported": _count("{t}.reported_health IS NULL", "Projects nobody reported on.")},
    ),
    "milestones": Block(
        "MilestoneCounts",
        "Milestones by state.",
        {"count": Figure(INT, "count(*)", "Milestones.", source="milestones")}
        | _counts(MilestoneState, "{c}.state", "Milestones", "milestones"),
    ),
    "overdue": OVERDUE,
    "budget": BUDGET,
    "outcomes": OUTCOMES,
    "indicators": ROLL_UPS,
}


def _key(
    name: str, kind: Kind, sql: str, description: str, *joins: str, several: bool = False
) -> Key:
    return Key(name, sql, description, kind=kind, joins=joins, several=several)


KEYS = {
    "STATE": _key("state", enumeration(ProjectState), "{t}.state", "State of the project."),
    "REGION": _key(
        "region",
        TEXT,
        "k_region.region_code",
        "World region of the recipient city, UN M49 numeric code.",
        "JOIN city k_region ON k_region.id = {t}.recipient_city",
    ),
    "THEME": _key(
        "theme",
        TEXT,
        "k_theme.word",
        "A theme; a project with several is in the group of each.",
        "LEFT JOIN LATERAL unnest({t}.themes) AS k_theme (word) ON true",
        several=True,
    ),
    "DONOR_CITY": Key(
        "donorCity", "{t}.donor_city", "The city that offers the practice.", target="City"
    ),
    "RECIPIENT_CITY": Key(
        "recipientCity", "{t}.recipient_city", "The city that takes it over.", target="City"
    ),
    "SECTOR": _key(
        "sector",
        TEXT,
        "k_sector.code",
        "An OECD-DAC sector; a project with several is in the group of each.",
        "LEFT JOIN sector k_sector ON k_sector.project = {t}.id",
        several=True,
    ),
    "SDG_GOAL": _key(
        "sdgGoal",
        INT,
        "k_goal.number",
        "A sustainable development goal, 1 to 17; a project with several is in the group of each.",
        "LEFT JOIN LATERAL unnest({t}.sdg_goals) AS k_goal (number) ON true",
        several=True,
    ),
    "QUARTER": _key(
        "quarter",
        TEXT,
        "to_char({t}.planned_start_on, 'YYYY-\"Q\"Q')",
        "Quarter of the planned start, such as 2026-Q3.",
    ),
}  # fmt: skip

registry.aggregate(
    "portfolio",
    Aggregate(
        name="Portfolio",
        over="Project",
        description="Figures over the projects that you may see and that fit the filter. A joint"
        " project counts once, however many cities show it.",
        sources=SOURCES,
        fields=FIGURES,
        keys=KEYS,
        past=history.projects(),
    ),
)
