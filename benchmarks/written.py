"""The bound: each answer as one hand-written SQL statement, its text passed on by a plain Litestar
route. No accounts, no visibility, no rules: nothing but the answer.

    DATABASE_URL=… uvicorn benchmarks.written:app
"""

import os
from typing import Any

import asyncpg
import msgspec
from litestar import Litestar, Response, post

from benchmarks.operations import COMPUTED

PORTFOLIO = """
SELECT '{"projects":{"nodes":[' || coalesce(string_agg(
  '{"id":"Project:' || p.id || '","code":' || JSON_SCALAR(p.code)::text
  || ',"title":' || JSON_SCALAR(p.title)::text || ',"state":"' || upper(p.state)
  || '","plannedStartOn":"' || p.planned_start_on || '","plannedEndOn":"' || p.planned_end_on
  || '","donorCity":{"name":' || JSON_SCALAR(d.name)::text || ',"countryCode":"' || d.country_code
  || '"},"recipientCity":{"name":' || JSON_SCALAR(r.name)::text
  || ',"countryCode":"' || r.country_code || '"},"milestones":{"nodes":['
  || (SELECT coalesce(string_agg('{"title":' || JSON_SCALAR(m.title)::text
        || ',"dueOn":"' || m.due_on || '","state":"' || upper(m.state) || '"}', ','), '')
      FROM (SELECT title, due_on, state FROM milestone WHERE project = p.id
            ORDER BY due_on, id LIMIT $4::bigint) m)
  || ']},"indicators":{"nodes":['
  || (SELECT coalesce(string_agg('{"title":' || JSON_SCALAR(i.title)::text
        || ',"unit":' || JSON_SCALAR(i.unit)::text
        || ',"baselineValue":' || coalesce('"' || trim_scale(i.baseline_value) || '"', 'null')
        || ',"latestValue":' || coalesce((
             SELECT '{"value":' || coalesce('"' || trim_scale(v.value) || '"', 'null')
                    || ',"number":' || v.number || '}'
             FROM value v WHERE v.id = i.latest_value AND v.state = 'approved'), 'null')
        || '}', ','), '')
      FROM (SELECT id, title, unit, baseline_value, latest_value FROM indicator
            WHERE project = p.id ORDER BY id LIMIT $4::bigint) i)
  || ']}}', ',' ORDER BY p.created_at DESC, p.id DESC), '') || ']}}'
FROM (SELECT * FROM project x
      WHERE x.state = $1
        AND EXISTS (SELECT FROM city c WHERE c.id = x.recipient_city AND c.region_code = $2)
      ORDER BY x.created_at DESC, x.id DESC LIMIT $3::bigint) p
JOIN city d ON d.id = p.donor_city
JOIN city r ON r.id = p.recipient_city
"""

PROJECT = """
SELECT '{"project":{"id":"Project:' || p.id || '","code":' || JSON_SCALAR(p.code)::text
  || ',"title":' || JSON_SCALAR(p.title)::text || ',"summary":' || JSON_SCALAR(p.summary)::text
  || ',"state":"' || upper(p.state) || '","plannedStartOn":"' || p.planned_start_on
  || '","plannedEndOn":"' || p.planned_end_on || '","themes":' || to_json(p.themes)::text
  || ',"donorCity":{"name":' || JSON_SCALAR(d.name)::text || ',"countryCode":"' || d.country_code
  || '","population":' || d.population || '},"recipientCity":{"name":' || JSON_SCALAR(r.name)::text
  || ',"countryCode":"' || r.country_code || '","population":' || r.population
  || '},"milestones":{"nodes":['
  || (SELECT coalesce(string_agg('{"id":"Milestone:' || m.id || '","title":'
        || JSON_SCALAR(m.title)::text || ',"kind":"' || upper(m.kind) || '","dueOn":"' || m.due_on
        || '","state":"' || upper(m.state) || '","weight":' || m.weight || '}', ','), '')
      FROM (SELECT id, title, kind, due_on, state, weight FROM milestone WHERE project = p.id
            ORDER BY due_on, id LIMIT 20) m)
  || ']},"indicators":{"nodes":['
  || (SELECT coalesce(string_agg('{"id":"Indicator:' || i.id || '","title":'
        || JSON_SCALAR(i.title)::text || ',"unit":' || JSON_SCALAR(i.unit)::text
        || ',"baselineValue":' || coalesce('"' || trim_scale(i.baseline_value) || '"', 'null')
        || ',"periods":{"nodes":['
        || (SELECT coalesce(string_agg('{"startsOn":"' || q.starts_on || '","endsOn":"'
              || q.ends_on || '","targetValue":'
              || coalesce('"' || trim_scale(q.target_value) || '"', 'null') || ',"approvedValue":'
              || CASE WHEN v.id IS NULL THEN 'null' ELSE
                   '{"value":' || coalesce('"' || trim_scale(v.value) || '"', 'null') || '}' END
              || '}', ',' ORDER BY q.starts_on, q.id), '')
            FROM (SELECT * FROM period WHERE indicator = i.id
                  ORDER BY starts_on, id LIMIT 20) q
            LEFT JOIN value v ON v.period = q.id AND v.state = 'approved')
        || ']}}', ','), '')
      FROM (SELECT id, title, unit, baseline_value FROM indicator WHERE project = p.id
            ORDER BY id LIMIT 20) i)
  || ']}}}'
FROM project p
JOIN city d ON d.id = p.donor_city
JOIN city r ON r.id = p.recipient_city
WHERE p.id = $1
"""

AGGREGATE = """
WITH facet AS (
  SELECT p.id, p.state, c.region_code AS region, theme
  FROM project p JOIN city c ON c.id = p.recipient_city, unnest(p.themes) theme
), counted AS (
  SELECT state, region, theme, count(*) AS projects FROM facet GROUP BY 1, 2, 3
), budgeted AS (
  SELECT state, region, theme, string_agg('{"currency":"' || currency || '","amount":"'
           || trim_scale(amount) || '"}', ',' ORDER BY currency) AS lines
  FROM (SELECT state, region, theme, b.currency, sum(b.amount) AS amount
        FROM facet JOIN budget_line b ON b.project = facet.id GROUP BY 1, 2, 3, 4) s
  GROUP BY 1, 2, 3
)
SELECT '{"portfolio":{"groups":{"nodes":[' || coalesce(string_agg(
  '{"keys":{"state":"' || upper(state) || '","region":"' || region || '","theme":'
  || JSON_SCALAR(theme)::text || '},"count":' || projects || ',"budget":{"byCurrency":['
  || coalesce(lines, '') || ']}}', ','), '') || ']}}}'
FROM (SELECT * FROM counted LEFT JOIN budgeted USING (state, region, theme)
      ORDER BY projects DESC, state, region, theme) g
"""

SEARCH = """
SELECT '{"projects":{"nodes":[' || coalesce(string_agg(
  '{"id":"Project:' || id || '","code":' || JSON_SCALAR(code)::text || ',"title":'
  || JSON_SCALAR(title)::text || ',"state":"' || upper(state) || '"}', ','), '') || ']}}'
FROM (SELECT id, code, title, state FROM project
      WHERE id = ANY(ARRAY(SELECT s.id FROM project_search s
                           WHERE s.document @@ (SELECT search_query($1))))
      ORDER BY created_at DESC, id DESC LIMIT $2::bigint) p
"""

HEALTH = f"""
SELECT '{{"projects":{{"nodes":[' || coalesce(string_agg(
  '{{"id":"Project:' || id || '","code":' || JSON_SCALAR(code)::text || ',"title":'
  || JSON_SCALAR(title)::text || ',"state":"' || upper(state) || '","plannedEndOn":"'
  || planned_end_on || '","health":"' || upper(health) || '","progress":'
  || coalesce('"' || trim_scale(progress) || '"', 'null') || ',"slippedDays":'
  || coalesce('"' || trim_scale(round(slipped::numeric / nullif(slip_weight, 0), 1)) || '"', 'null')
  || '}}', ','), '') || ']}}}}'
FROM (SELECT p.id, p.code, p.title, p.state, p.planned_end_on, h.health, f.progress, f.slipped,
             f.slip_weight
      FROM project p
      JOIN project_figures f ON f.project = p.id
      CROSS JOIN LATERAL (SELECT {COMPUTED} AS health) h
      WHERE f.state = 'active' AND h.health = $1
      ORDER BY f.progress DESC NULLS LAST, p.id DESC LIMIT $2::bigint) p
"""

ROLL_UP = """
SELECT '{"portfolio":{"indicators":{"nodes":[' || coalesce(string_agg(
  '{"title":' || JSON_SCALAR(title)::text || ',"unit":' || JSON_SCALAR(unit)::text
  || ',"aggregation":"' || upper(aggregation) || '","value":'
  || coalesce('"' || trim_scale(value) || '"', 'null') || ',"latestOn":'
  || coalesce('"' || latest_on || '"', 'null') || ',"indicators":' || indicators
  || ',"reported":' || reported || ',"unknown":' || indicators - reported || ',"missingValues":'
  || coalesce(missing, 0) || ',"projects":' || projects || '}', ','), '') || ']}}}'
FROM (SELECT min(k.title) AS title, r.unit, r.aggregation, max(k.latest_on) AS latest_on,
             CASE r.aggregation WHEN 'sum' THEN sum(k.value)
               WHEN 'ratio_of_sums'
                 THEN round(100 * sum(k.numerator) / nullif(sum(k.denominator), 0), 12)
               WHEN 'latest'
                 THEN (max(ARRAY[(k.latest_on - date '2000-01-01')::numeric, k.latest_indicator,
                                 k.value]) FILTER (WHERE k.latest_indicator IS NOT NULL))[3]
               END AS value,
             sum(k.indicators) AS indicators, sum(k.reported) AS reported,
             sum(width_bucket(now(), k.missing_from)) AS missing, count(*) AS projects
      FROM project p
      JOIN project_roll_up k ON k.project = p.id
      JOIN roll_up r ON r.id = k.roll_up
      WHERE p.state = $1
      GROUP BY r.id
      ORDER BY r.definition, r.unit, r.measure, r.aggregation, r.accumulation, r.ascending) x
"""

UPDATE = """
UPDATE milestone SET title = $2, version = version + 1
WHERE id = $1
RETURNING '{"milestoneEdit":{"milestone":{"id":"Milestone:' || id || '","title":'
  || JSON_SCALAR(title)::text || ',"dueOn":"' || due_on || '"}}}'
"""

Arguments = dict[str, Any]


def _number(identifier: str) -> int:
    return int(identifier.partition(":")[2])


ROUTES: dict[str, tuple[str, Any]] = {
    "portfolio": (PORTFOLIO, lambda v: (v["state"].lower(), v["region"], 100, 20)),
    "project": (PROJECT, lambda v: (_number(v["id"]),)),
    "aggregate": (AGGREGATE, lambda v: ()),
    "search": (SEARCH, lambda v: (v["words"], 20)),
    "update": (
        UPDATE,
        lambda v: (_number(v["id"]), v["title"]),
    ),
    "health": (HEALTH, lambda v: (v["health"].lower(), 100)),
    "rollup": (ROLL_UP, lambda v: (v["state"].lower(),)),
}
"""Operation -> statement, and variables -> what it binds. Sizes of pages are bound, so that
PostgreSQL keeps one plan: planning each anew would take a quarter of the time."""


class Asked(msgspec.Struct):
    """The same body that GraphQL clients send."""

    variables: Arguments


_decoder = msgspec.json.Decoder(Asked)
_pool: asyncpg.Pool | None = None


async def _start() -> None:
    global _pool
    _pool = await asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=8, max_size=8, init=_bytes, reset=_nothing
    )


async def _bytes(connection: Any) -> None:
    await connection.set_type_codec(
        "text", schema="pg_catalog", encoder=str.encode, decoder=bytes, format="binary"
    )


async def _nothing(connection: Any) -> None:
    """Nothing on a connection that would have to be reset."""


@post("/{operation:str}", status_code=200)
async def answer(operation: str, body: bytes) -> Response[bytes]:
    """The statement's text."""
    statement, bind = ROUTES[operation]
    assert _pool is not None
    async with _pool.acquire() as connection:
        found = await connection.fetchval(statement, *bind(_decoder.decode(body).variables))
    return Response(b'{"data":' + found + b"}", media_type="application/json")


app = Litestar([answer], on_startup=[_start], openapi_config=None, logging_config=None)
