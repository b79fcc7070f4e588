"""Roll-ups of any indicators over any projects: the whole is what its parts come to where the rule
allows it, whatever the split; where it does not, neither whole nor part says a figure, but why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.cast import Cast
from tests.factories import JointProject
from tests.graphql.conftest import Api
from tests.graphql.test_roll_ups import SPANS, _projects, _rolled_up
from tracker.domain.outcomes.tables import Period

COUNTS = ("indicators", "reported", "unknown", "missingValues", "projects")


class Rule(NamedTuple):
    """What tells indicators apart that are rolled up from those that are not, or apart."""

    aggregation: str
    accumulation: str
    measure: str
    unit: str


OVER_TIME = ("period", "cumulative", "snapshot")

RULES = [
    *(Rule("sum", each, "unit", "permits") for each in OVER_TIME),
    Rule("sum", "period", "unit", "thousand permits"),
    *(Rule("ratio_of_sums", each, "percentage", "%") for each in OVER_TIME),
    *(Rule("latest", each, "unit", "permits") for each in OVER_TIME),
    Rule("none", "period", "unit", "permits"),
    Rule("none", "period", "qualitative", ""),
]

WHOLES = (60, 8, 500, 90)
"""What percentages are of in each of the four projects: a mean of theirs would weigh them alike."""


@dataclass(frozen=True)
class Measured:
    """An indicator of one of four projects, and what was approved for each of the SPANS: nothing is
    None, and 0 is a figure."""

    project: int
    rule: Rule
    figures: tuple[int | None, ...]

    @property
    def known(self) -> list[tuple[int, int]]:
        """(Place of the span, figure), the earliest first."""
        return [(place, each) for place, each in enumerate(self.figures) if each is not None]

    @property
    def told(self) -> list[int]:
        """The figures that stand for it: of periods all, else the last one."""
        found = [each for _, each in self.known]
        return found if self.rule.accumulation == "period" else found[-1:]


FIGURES_OF_SPANS = st.tuples(*[st.none() | st.integers(0, 50) for _ in SPANS])

MEASURED = st.lists(st.sampled_from(RULES), min_size=1, max_size=3, unique=True).flatmap(
    lambda rules: st.lists(
        st.builds(Measured, st.integers(0, 3), st.sampled_from(rules), FIGURES_OF_SPANS),
        min_size=3,
        max_size=12,
    )
)
"""Few rules at a time, so that several indicators meet under each."""


@dataclass(frozen=True)
class World:
    """Four projects, whose indicators are made anew for each example."""

    api: Api
    cast: Cast
    projects: Sequence[JointProject]
    codes: list[str] = field(default_factory=list)


@pytest.fixture
async def world(api: Api, cast: Cast) -> World:
    """Four projects without indicators."""
    made = await _projects(cast, 4)
    return World(api, cast, made, [(await project.row()).code for project in made])


UNITS = [
    Measured(project, rule, figures)
    for project, figures in ((0, (1, None, 2)), (0, (None, None, 30)), (3, (4, 5, None)))
    for rule in (RULES[0], RULES[3])
]
"""Indicators that differ in their units alone, in one project and in several."""


@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@example(measured=UNITS, split=2)
@given(measured=MEASURED, split=st.integers(1, 3))
async def test_roll_up_of_the_parts_is_that_of_the_whole_or_refused_in_both(
    world: World, measured: list[Measured], split: int
) -> None:
    await _plant(world, measured)
    whole = await _told(world, range(4), measured)
    parts = [
        await _told(world, range(split), measured),
        await _told(world, range(split, 4), measured),
    ]
    assert set(whole) == set(parts[0]) | set(parts[1]), "what is apart in a part is so in the whole"
    for rule, node in whole.items():
        _require_sum(rule, node, [part[rule] for part in parts if rule in part])


def _require_sum(rule: Rule, whole: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> None:
    for name in COUNTS:
        assert whole[name] == sum(part[name] for part in parts), name
    for name in {"sum": ["value"], "ratio_of_sums": ["numerator", "denominator"]}.get(
        rule.aggregation, []
    ):
        known = [Decimal(part[name]) for part in parts if part[name] is not None]
        assert whole[name] == (str(sum(known)) if known else None)
    if rule.aggregation == "latest":
        newest = max((part["latestOn"] or "" for part in parts), default="")
        candidates = [part["value"] for part in parts if (part["latestOn"] or "") == newest]
        assert whole["value"] in candidates
    if rule.aggregation == "none":
        refusals = {each["notAggregable"] for each in [whole, *parts]}
        assert len(refusals) == 1
        assert None not in refusals
        assert {each[name] for each in [whole, *parts] for name in FIGURES} == {None}


FIGURES = ("value", "numerator", "denominator")


async def _told(
    world: World, chosen: Sequence[int], measured: Sequence[Measured]
) -> dict[Rule, Mapping[str, Any]]:
    """What the portfolio of some of the projects says, rule by rule, once it is what it should be
    by the figures themselves."""
    codes = ", ".join(f'"{world.codes[each]}"' for each in chosen)
    nodes = await _rolled_up(world.api, world.cast, f"{{ code: {{ in: [{codes}] }} }}")
    found: dict[Rule, Mapping[str, Any]] = {_rule(node): node for node in nodes}
    assert len(found) == len(nodes)
    groups: dict[Rule, list[Measured]] = {}
    for each in measured:
        if each.project in chosen:
            groups.setdefault(each.rule, []).append(each)
    assert set(found) == set(groups)
    for rule, group in groups.items():
        told = {name: found[rule][name] for name in (*FIGURES, *COUNTS)}
        assert told == _expected(rule, group) | _counted(group), (rule, group)
    return found


def _rule(node: Mapping[str, Any]) -> Rule:
    names = ("aggregation", "accumulation", "measure")
    return Rule(**{name: node[name].lower() for name in names}, unit=node["unit"])


def _counted(group: Sequence[Measured]) -> dict[str, int]:
    reported = sum(bool(each.known) for each in group)
    return {
        "indicators": len(group),
        "reported": reported,
        "unknown": len(group) - reported,
        "missingValues": sum(each.figures.count(None) for each in group),
        "projects": len({each.project for each in group}),
    }


def _expected(rule: Rule, group: Sequence[Measured]) -> dict[str, str | None]:
    """By hand: nothing known is null, never 0."""
    nothing: dict[str, str | None] = dict.fromkeys(FIGURES)
    told = [figure for each in group for figure in each.told]
    if not told or rule.aggregation == "none":
        return nothing
    if rule.aggregation == "sum":
        return nothing | {"value": str(sum(told))}
    if rule.aggregation == "latest":
        last = max((each.known[-1][0], place) for place, each in enumerate(group) if each.known)
        return nothing | {"value": str(group[last[1]].known[-1][1])}
    whole = sum(WHOLES[each.project] * len(each.told) for each in group)
    share = (Decimal(100 * sum(told)) / whole).quantize(Decimal("1e-12"), ROUND_HALF_UP)
    plain = f"{share:f}".rstrip("0").rstrip(".")
    return {"value": plain, "numerator": str(sum(told)), "denominator": str(whole)}


async def _plant(world: World, measured: Sequence[Measured]) -> None:
    """These indicators and no others, written past the actions for speed."""
    for table in ("value", "period", "indicator"):
        await Period.raw(f"DELETE FROM {table}")
    for each in measured:
        project = world.projects[each.project]
        await Period.raw(
            _INSERT,
            project.id,
            project.result_id,
            each.rule.measure,
            each.rule.accumulation,
            each.rule.aggregation,
            each.rule.unit,
            [first for first, _ in SPANS],
            [last for _, last in SPANS],
            world.cast.nairobi,
            WHOLES[each.project],
            world.cast.nairobi_coordinator.person_id,
            world.cast.seoul_approver.person_id,
            list(each.figures),
        )


_INSERT = """
WITH i AS (
  INSERT INTO indicator (project, result, title, measure, ascending, accumulation, aggregation,
                         unit, means_of_verification, version)
  VALUES ({}, {}, 'Permits', {}, true, {}, {}, {}, '', 1)
  RETURNING id, project, measure
), q AS (
  INSERT INTO period (project, indicator, starts_on, ends_on, version)
  SELECT i.project, i.id, g.a, g.b, 1 FROM i, unnest({}::date[], {}::date[]) g (a, b)
  RETURNING id, project, ends_on
)
INSERT INTO value (project, period, city, number, value, numerator, denominator, narrative, state,
                   author, approver, created_at, approved_at, version)
SELECT q.project, q.id, {}::integer, 1, CASE WHEN i.measure <> 'qualitative' THEN g.v END,
       CASE WHEN i.measure = 'percentage' THEN g.v END,
       CASE WHEN i.measure = 'percentage' THEN {}::integer END,
       CASE WHEN i.measure = 'qualitative' THEN 'Found.' ELSE '' END, 'approved',
       {}::integer, {}::integer, now(), now(), 1
FROM (SELECT q.*, row_number() OVER (ORDER BY ends_on) AS n FROM q) q
JOIN unnest({}::int[]) WITH ORDINALITY g (v, n) ON g.n = q.n AND g.v IS NOT NULL
CROSS JOIN i
"""
