"""Indicators rolled up over projects: figures worked out by hand, and what never adds up."""

import json
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.cast import Cast
from tests.factories import JointProject, add_indicator, joint_project, today
from tests.graphql.conftest import Api
from tracker.domain.outcomes import reporting
from tracker.domain.outcomes.actions import PeriodPlan
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.outcomes.tables import Accumulation, Aggregation, Measure, Period

NODES = """indicators { totalCount nodes { title definition unit measure aggregation accumulation
    ascending value numerator denominator notAggregable latestOn
    indicators reported unknown missingValues projects } }"""

SPANS = [(today(-60), today(-51)), (today(-50), today(-31)), (today(-30), today(-3))]

Figure = str | tuple[int, int] | None
"""A value, numerator and denominator, or nothing reported for the period."""


async def _measure(
    cast: Cast, project: JointProject, figures: Sequence[Figure], **changes: Any
) -> None:
    """An indicator whose periods have these figures, each reported and approved."""
    draft = {
        "title": "Permits issued",
        "unit": "permits",
        "ascending": True,
        "baseline_value": None,
        "baseline_on": None,
        "aggregation": Aggregation.SUM,
        "periods": [PeriodPlan(starts_on=a, ends_on=b) for a, b in SPANS],
    }
    indicator = await add_indicator(cast, project.id, **(draft | changes))
    periods = await Period.objects().where(Period.indicator == indicator.id)
    periods.sort(key=lambda period: period.starts_on)
    for period, figure in zip(periods, figures, strict=False):
        if figure is None:
            continue
        value = await reporting.report(
            cast.nairobi_coordinator, period.id, cast.nairobi, _draft(figure)
        )
        await reporting.approve(cast.seoul_approver, value.id)


def _draft(figure: str | tuple[int, int]) -> ValueDraft:
    if isinstance(figure, tuple):
        return ValueDraft(numerator=Decimal(figure[0]), denominator=Decimal(figure[1]))
    return ValueDraft(value=Decimal(figure))


async def _rolled_up(api: Api, cast: Cast, filter_: str = "{}") -> list[dict[str, Any]]:
    document = f"{{ portfolio(filter: {filter_}) {{ {NODES} }} }}"
    found = (await api.data(document, actor=cast.officer))["portfolio"]["indicators"]
    assert len(api.statements) == 1
    assert found["totalCount"] == len(found["nodes"])
    nodes: list[dict[str, Any]] = found["nodes"]
    return nodes


async def _projects(cast: Cast, count: int) -> list[JointProject]:
    made = [await joint_project(cast, "active") for _ in range(count)]
    await Period.raw("DELETE FROM period")
    await Period.raw("DELETE FROM indicator")
    return made


@pytest.mark.parametrize(
    ("accumulation", "expected"),
    [
        (Accumulation.PERIOD, "1060"),  # (10 + 20 + 30) + 1000
        (Accumulation.CUMULATIVE, "1030"),  # 30 + 1000, what was counted before is in them
        (Accumulation.SNAPSHOT, "1030"),
    ],
)
async def test_sum_over_projects_by_accumulation(
    api: Api, cast: Cast, accumulation: Accumulation, expected: str
) -> None:
    one, two, three = await _projects(cast, 3)
    await _measure(cast, one, ["10", "20", "30"], accumulation=accumulation)
    await _measure(cast, two, [None, "1000", None], accumulation=accumulation)
    await _measure(cast, three, [], title="PERMITS issued", accumulation=accumulation)
    [node] = await _rolled_up(api, cast)
    assert (node["value"], node["definition"]) == (expected, "permits issued")
    assert (node["indicators"], node["reported"], node["unknown"]) == (3, 2, 1)
    assert (node["missingValues"], node["projects"]) == (5, 3)
    assert node["latestOn"] == str(SPANS[2][1])
    assert node["notAggregable"] is None


@pytest.mark.parametrize(
    ("accumulation", "numerator", "denominator", "expected"),
    [
        (Accumulation.PERIOD, "150", "1200", "12.5"),  # (50 + 10 + 90) / (100 + 100 + 1000)
        (Accumulation.SNAPSHOT, "100", "1100", "9.090909090909"),  # (10 + 90) / (100 + 1000)
    ],
)
async def test_percentage_comes_from_the_sums_of_its_parts(
    api: Api,
    cast: Cast,
    accumulation: Accumulation,
    numerator: str,
    denominator: str,
    expected: str,
) -> None:
    one, two = await _projects(cast, 2)
    shared = {
        "measure": Measure.PERCENTAGE,
        "aggregation": Aggregation.RATIO_OF_SUMS,
        "accumulation": accumulation,
        "unit": "%",
    }
    await _measure(cast, one, [(50, 100), (10, 100)], **shared)
    await _measure(cast, two, [(90, 1000)], **shared)  # the average would be 26 %, or 9.5 %
    [node] = await _rolled_up(api, cast)
    found = (node["numerator"], node["denominator"], node["value"])
    assert found == (numerator, denominator, expected)


async def test_latest_is_the_value_of_the_newest_period(api: Api, cast: Cast) -> None:
    one, two = await _projects(cast, 2)
    await _measure(cast, one, ["7", "5"], aggregation=Aggregation.LATEST)
    await _measure(cast, two, [None, None, "9"], aggregation=Aggregation.LATEST)
    [node] = await _rolled_up(api, cast)
    assert (node["value"], node["latestOn"]) == ("9", str(SPANS[2][1]))
    assert node["numerator"] is None


async def test_units_and_definitions_never_add_up(api: Api, cast: Cast) -> None:
    one, two = await _projects(cast, 2)
    await _measure(cast, one, ["1"])
    await _measure(cast, two, ["2"], unit="thousand permits")
    await _measure(cast, two, ["4"], title="Permits refused")
    await _measure(cast, two, ["8"], ascending=False)
    await _measure(cast, two, ["16"], accumulation=Accumulation.CUMULATIVE)
    values = [(node["title"], node["unit"], node["value"]) for node in await _rolled_up(api, cast)]
    assert sorted(values) == [
        ("Permits issued", "permits", "1"),
        ("Permits issued", "permits", "16"),
        ("Permits issued", "permits", "8"),
        ("Permits issued", "thousand permits", "2"),
        ("Permits refused", "permits", "4"),
    ]


async def test_what_may_not_be_rolled_up_says_why(api: Api, cast: Cast) -> None:
    [project] = await _projects(cast, 1)
    await _measure(cast, project, ["3"], aggregation=Aggregation.NONE)
    await _measure(
        cast, project, [], title="Words", measure=Measure.QUALITATIVE,
        aggregation=Aggregation.NONE, unit="",
    )  # fmt: skip
    nodes = await _rolled_up(api, cast)
    assert [(node["value"], node["reported"]) for node in nodes] == [(None, 1), (None, 0)]
    assert nodes[0]["notAggregable"] == "The indicators say that their values are not rolled up."
    assert nodes[1]["notAggregable"] == "Findings in words have no sum."


async def test_unknown_is_null_and_zero_is_zero(api: Api, cast: Cast) -> None:
    one, two = await _projects(cast, 2)
    await _measure(cast, one, [])
    [node] = await _rolled_up(api, cast)
    assert (node["value"], node["unknown"], node["missingValues"]) == (None, 1, 3)
    await _measure(cast, two, ["0"])
    [node] = await _rolled_up(api, cast)
    assert (node["value"], node["unknown"]) == ("0", 1)


async def test_only_approved_values_count(api: Api, cast: Cast) -> None:
    [project] = await _projects(cast, 1)
    await _measure(cast, project, ["10"])
    [period] = await Period.objects().where(Period.starts_on == SPANS[1][0])
    await reporting.report(cast.nairobi_coordinator, period.id, cast.nairobi, _draft("5"))
    [node] = await _rolled_up(api, cast)
    assert (node["value"], node["missingValues"]) == ("10", 2)


async def _generated(
    projects: Sequence[JointProject], cast: Cast, draw: random.Random, most: int = 12
) -> None:
    """Indicators with values of any kind in any project, written past the actions for speed."""
    for table in ("value", "period", "indicator"):
        await Period.raw(f"DELETE FROM {table}")
    for _ in range(draw.randint(1, most)):
        project = draw.choice(projects)
        ratio = draw.random() < 0.5
        await Period.raw(
            _INSERT,
            project.id,
            project.result_id,
            "ratio_of_sums" if ratio else "sum",
            [first for first, _ in SPANS],
            [last for _, last in SPANS],
            cast.nairobi,
            ratio,
            ratio,
            cast.nairobi_coordinator.person_id,
            cast.seoul_approver.person_id,
            [draw.choice([None, draw.randint(0, 50)]) for _ in SPANS],
        )


_INSERT = """
WITH i AS (
  INSERT INTO indicator (project, result, title, measure, ascending, accumulation, aggregation,
                         unit, means_of_verification, version)
  VALUES ({}, {}, 'Permits', 'unit', true, 'period', {}, 'permits', '', 1)
  RETURNING id, project
), q AS (
  INSERT INTO period (project, indicator, starts_on, ends_on, version)
  SELECT i.project, i.id, g.a, g.b, 1 FROM i, unnest({}::date[], {}::date[]) g (a, b)
  RETURNING id, project, ends_on
)
INSERT INTO value (project, period, city, number, value, numerator, denominator, narrative, state,
                   author, approver, created_at, approved_at, version)
SELECT q.project, q.id, {}::integer, 1, g.v, CASE WHEN {}::boolean THEN g.v END,
       CASE WHEN {}::boolean THEN 60 END, '', 'approved', {}::integer, {}::integer, now(), now(), 1
FROM (SELECT q.*, row_number() OVER (ORDER BY ends_on) AS n FROM q) q
JOIN unnest({}::int[]) WITH ORDINALITY g (v, n) ON g.n = q.n AND g.v IS NOT NULL
"""

WALKED = """
SELECT json_build_object(
  'title', min(i.title), 'definition', lower(i.title), 'unit', i.unit,
  'measure', upper(i.measure), 'aggregation', upper(i.aggregation),
  'accumulation', upper(i.accumulation), 'ascending', i.ascending,
  'value', trim_scale(CASE i.aggregation WHEN 'sum' THEN sum(v.value)
    WHEN 'ratio_of_sums'
      THEN round(100 * sum(v.numerator) / nullif(sum(v.denominator), 0), 12)
    WHEN 'latest' THEN (array_agg(v.value ORDER BY v.latest_on DESC, i.id DESC)
      FILTER (WHERE v.latest_on IS NOT NULL))[1] END)::text,
  'numerator', trim_scale(CASE i.aggregation WHEN 'ratio_of_sums' THEN sum(v.numerator) END)::text,
  'denominator',
    trim_scale(CASE i.aggregation WHEN 'ratio_of_sums' THEN sum(v.denominator) END)::text,
  'latestOn', max(v.latest_on), 'indicators', count(*), 'reported', count(v.latest_on),
  'unknown', count(*) - count(v.latest_on), 'missingValues', sum(v.missing),
  'projects', count(DISTINCT i.project))::text AS node
FROM indicator i
CROSS JOIN LATERAL (
  SELECT max(q.ends_on) FILTER (WHERE a.id IS NOT NULL) AS latest_on,
    count(*) FILTER (WHERE q.id IS NOT NULL AND a.id IS NULL AND q.waived_reason IS NULL
      AND q.ends_on < (now() AT TIME ZONE c.time_zone)::date) AS missing,
    {value} AS value, {numerator} AS numerator, {denominator} AS denominator
  FROM project p
  JOIN city c ON c.id = p.lead_city
  LEFT JOIN period q ON q.indicator = i.id
  LEFT JOIN value a ON a.period = q.id AND a.state = 'approved'
  WHERE p.id = i.project) v
GROUP BY lower(i.title), i.unit, i.measure, i.aggregation, i.accumulation, i.ascending
ORDER BY lower(i.title), i.unit, i.measure, i.aggregation, i.accumulation, i.ascending
"""
"""The same by a walk over every period of every indicator, with nothing that is kept."""

_OVER_TIME = (
    "CASE WHEN i.accumulation = 'period' AND i.aggregation <> 'latest' THEN sum(a.{0})"
    " ELSE (array_agg(a.{0} ORDER BY q.ends_on DESC) FILTER (WHERE a.id IS NOT NULL))[1] END"
)

KINDS = [(a.value, b.value) for a in Aggregation for b in Accumulation]


async def test_kept_roll_ups_are_those_of_a_walk_over_every_period(api: Api, cast: Cast) -> None:
    projects = await _projects(cast, 3)
    figures = ("value", "numerator", "denominator")
    walked = WALKED.format(**{name: _OVER_TIME.format(name) for name in figures})
    for seed in range(4):
        draw = random.Random(seed)  # noqa: S311 - no secret
        await _generated(projects, cast, draw, most=40)
        for number, (aggregation, accumulation) in enumerate(draw.choices(KINDS, k=40)):
            await Period.raw(
                "UPDATE indicator SET aggregation = {}, accumulation = {}, title = {}"
                " WHERE id = (SELECT id FROM indicator ORDER BY id OFFSET {}::integer LIMIT 1)",
                aggregation, accumulation, draw.choice(["Permits", "permits", "Visits"]), number,
            )  # fmt: skip
        await Period.raw(
            "UPDATE period q SET waived_reason = 'x' WHERE q.id % 4 = 0"
            " AND NOT EXISTS (SELECT FROM value v WHERE v.period = q.id)"
        )
        expected = [json.loads(row["node"]) for row in await Period.raw(walked)]
        found = await _rolled_up(api, cast)
        for node in found:
            del node["notAggregable"]
        assert found == expected
