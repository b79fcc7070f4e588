"""The portfolio: figures over projects, as a whole and group by group."""

from collections.abc import Iterable
from enum import StrEnum

from tracker.domain.events import history
from tracker.domain.milestones.rules import late_once_due, unsettled
from tracker.domain.milestones.tables import MilestoneState
from tracker.domain.projects.health import KEPT, outcomes, overall, schedule, under_way
from tracker.domain.projects.rules import RUNNING
from tracker.domain.projects.tables import Health, ProjectState
from tracker.graphql import budget_figures, outcome_figures
from tracker.graphql.cities import REGION_NAMES
from tracker.graphql.planner.aggregate import (
    Aggregate,
    Block,
    Figure,
    Key,
    Label,
    Listing,
    Source,
    counted,
)
from tracker.graphql.planner.kinds import DECIMAL, INT, TEXT, Kind, enumeration
from tracker.graphql.projects import SECTOR_NAMES
from tracker.graphql.registry import registry


def _counts(
    members: Iterable[StrEnum], sql: str, noun: str, source: str = ""
) -> dict[str, Figure | Listing | Block]:
    """A figure for each member of an enum: how many have it."""
    return {
        _camel(member.value): counted(
            f"{sql} = '{member.value}'",
            f"{noun} that are {member.value.replace('_', ' ')}.",
            source,
        )
        for member in members
    }


def _camel(words: str) -> str:
    first, *others = words.split("_")
    return first + "".join(word.capitalize() for word in others)


def _in(states: Iterable[ProjectState]) -> str:
    listed = ", ".join(f"'{state.value}'" for state in sorted(states))
    return f"IN ({listed})"


def _by_health(sql: str, source: str = "") -> dict[str, Figure | Listing | Block]:
    """How many of the projects that are under way are how healthy, and how many are not under way:
    those have no health to count, and would pass for unknown."""
    return {
        **{
            health.value: counted(
                f"{RUNS} AND {sql} = '{health.value}'",
                f"Projects under way that are {health.value}.",
                source,
            )
            for health in Health
        },
        "notUnderWay": counted(f"NOT {RUNS}", "Projects of every other state.", source),
    }


AGREED = f"{{t}}.state {_in(RUNNING | {ProjectState.AGREED})}"
RUNS = under_way("{t}")
BESIDE = f"JOIN {KEPT} f ON f.project = {{t}}.id"
MILESTONES_PAST = history.milestones()

SOURCES = {
    "overdue_projects": Source(
        joins="JOIN city lc ON lc.id = {t}.lead_city",
        timeless=True,
        after=("{t}.planned_end_on", "lc.time_zone"),
    ),
    "figures": Source(joins=BESIDE),
    "health": Source(
        joins=f"{BESIDE} CROSS JOIN LATERAL (SELECT {overall('{t}', 'f')} AS health OFFSET 0) h"
    ),
    "milestones": Source("Milestone", on="{c}.project = {t}.id", past=MILESTONES_PAST),
    "overdue_milestones": Source(
        "Milestone",
        on=f"{{c}}.project = {{t}}.id AND {unsettled('{c}')} AND {late_once_due('{c}')}"
        f" AND {AGREED}",
        joins="JOIN city mc ON mc.id = {c}.city",
        past=MILESTONES_PAST,
        after=("{c}.due_on", "mc.time_zone"),
    ),
    **budget_figures.SOURCES,
    **outcome_figures.SOURCES,
}
"""Where figures come from, besides the projects themselves."""

OVERDUE = Block(
    "OverdueFigures",
    "What is past its day by the civil date of the city that it belongs to. Nothing is overdue in"
    " a proposal, nor in a project that has ended.",
    {
        "projects": counted(
            AGREED,
            "Agreed projects past their planned end, by the leading city's date.",
            "overdue_projects",
        ),
        "milestones": Figure(
            INT,
            "count(*)",
            "Open milestones past their due date, by the owner city's date; of those that wait for"
            " acceptance, the ones completed after it.",
            source="overdue_milestones",
        ),
        "projectsWithMilestones": Figure(
            INT,
            "count(DISTINCT {t}.id)",
            "Projects with such a milestone.",
            source="overdue_milestones",
            once=True,
        ),
    },
)

FIGURES: dict[str, Figure | Listing | Block] = {
    "count": Figure(INT, "count(*)", "Projects; one of two cities counts once."),
    "states": Block(
        "StateCounts", "Projects by state.", _counts(ProjectState, "{t}.state", "Projects")
    ),
    "health": Block(
        "HealthCounts",
        "Projects under way by computed health. Unknown is a value of its own; with what is not"
        " under way, they sum to count.",
        _by_health("h.health", "health"),
    ),
    "scheduleHealth": Block(
        "ScheduleHealthCounts",
        "Projects under way by the computed health of their schedule.",
        _by_health(f"({schedule('{t}', 'f')})", "figures"),
    ),
    "outcomeHealth": Block(
        "OutcomeHealthCounts",
        "Projects under way by the computed health of their outcomes.",
        _by_health(f"({outcomes('{t}', 'f')})", "figures"),
    ),
    "schedule": Block(
        "ScheduleFigures",
        "How far projects are, and how their plans held.",
        {
            "progress": Figure(
                DECIMAL,
                "round(avg(f.progress), 4)",
                "Mean progress, each project counting the same; null without milestones.",
                null=True,
                source="figures",
            ),
            "moves": Figure(
                INT, "coalesce(sum(f.moves), 0)::bigint", "Moves of due dates.", source="figures"
            ),
            "slippedDays": Figure(
                DECIMAL,
                "round(sum(f.slipped)::numeric / nullif(sum(f.slip_weight), 0), 1)",
                "Mean slippage of milestones by weight, in days; null before agreement.",
                null=True,
                source="figures",
            ),
            "slippedDaysMost": Figure(
                INT,
                "max(f.slipped_most)",
                "Of the milestone that slipped most.",
                null=True,
                source="figures",
            ),
        },
    ),
    "reportedHealth": Block(
        "ReportedHealthCounts",
        "Projects under way by the health that their cities report.",
        _by_health("{t}.reported_health")
        | {
            "unreported": counted(
                f"{RUNS} AND {{t}}.reported_health IS NULL",
                "Projects under way that nobody reported on.",
            )
        },
    ),
    "milestones": Block(
        "MilestoneCounts",
        "Milestones by state.",
        {"count": Figure(INT, "count(*)", "Milestones.", source="milestones")}
        | _counts(MilestoneState, "{c}.state", "Milestones", "milestones"),
    ),
    "overdue": OVERDUE,
    "budget": budget_figures.BUDGET,
    "spending": budget_figures.SPENDING,
    "outcomes": outcome_figures.OUTCOMES,
    "indicators": outcome_figures.ROLL_UPS,
}


def _key(
    name: str,
    kind: Kind,
    sql: str,
    description: str,
    *joins: str,
    several: bool = False,
    present: bool = False,
    label: Label | None = None,
    each: bool = False,
) -> Key:
    return Key(name, sql, description, kind, "", joins, several, present, label, each)


KEYS = {
    "STATE": _key("state", enumeration(ProjectState), "{t}.state", "State of the project."),
    "HEALTH": _key(
        "health",
        enumeration(Health),
        f"CASE WHEN {RUNS} THEN k_health.health END",
        "Computed overall health of the project; null where it is not under way.",
        f"JOIN {KEPT} kf ON kf.project = {{t}}.id",
        f"CROSS JOIN LATERAL (SELECT {overall('{t}', 'kf')} AS health OFFSET 0) k_health",
        present=True,
    ),
    "REGION": _key(
        "region",
        TEXT,
        "{t}.recipient_region",
        "World region of the recipient city, UN M49 numeric code.",
        label=Label(
            "regionName",
            f"CASE {{k}} {REGION_NAMES} ELSE {{k}} END",
            "The region's English name after CLDR; the code where it has none.",
        ),
    ),
    "THEME": _key(
        "theme",
        TEXT,
        "{t}.themes",
        "A theme; a project with several is in the group of each.",
        several=True,
        each=True,
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
        label=Label(
            "sectorName",
            f"CASE {{k}} {SECTOR_NAMES} END",
            "The sector's name in OECD-DAC's list; null where it has none that is known here.",
        ),
    ),
    "SDG_GOAL": _key(
        "sdgGoal",
        INT,
        "{t}.sdg_goals",
        "A sustainable development goal, 1 to 17; a project with several is in the group of each.",
        several=True,
        each=True,
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
