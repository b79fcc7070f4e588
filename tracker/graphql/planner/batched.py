"""One statement for many askers of one document: the plan's own, for each row of its parameters.

PostgreSQL then plans and starts it once. For a document of many parts and few rows each that is
most of the work.
"""

import re
from collections.abc import Sequence
from typing import Any

import orjson

from tracker.graphql.planner.compile import Plan

_PARAMETER = re.compile(r"\$(\d+)::(\w+(?:\[\])?)")


def batched(plan: Plan, rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """A statement that gives (place in `rows`, answer), and its values. What all rows have in
    common stays a parameter, because PostgreSQL plans better with it; once it has differed, the
    plan remembers, so that soon all batches have one text."""
    differing = plan.texts.get("differing", "")
    known = {int(each) for each in differing.split()}
    first = rows[0]
    varies = sorted(known | {
        place
        for place, value in enumerate(first, 1)
        if any(row[place - 1] != value for row in rows[1:])
    })  # fmt: skip
    if len(varies) != len(known) or "many" not in plan.texts:
        plan.texts["differing"] = " ".join(map(str, varies))
        plan.texts["many"] = _text(plan.sql, varies, len(first))
    given = [
        {"n": number, **{f"p{place}": row[place - 1] for place in varies}}
        for number, row in enumerate(rows)
    ]
    common = [value for place, value in enumerate(first, 1) if place not in varies]
    return plan.texts["many"], [orjson.dumps(given, default=str).decode(), *common]


def _text(sql: str, varies: Sequence[int], count: int) -> str:
    casts = {int(number): cast for number, cast in _PARAMETER.findall(sql)}
    common = [place for place in range(1, count + 1) if place not in varies]
    names = {place: f"a.p{place}" for place in varies}
    names |= {place: f"${number}" for number, place in enumerate(common, 2)}
    body = _PARAMETER.sub(lambda match: f"{names[int(match[1])]}::{match[2]}", sql)
    columns = "".join(f", p{place} {casts[place]}" for place in varies)
    return f"SELECT a.n, ({body}) FROM json_to_recordset($1::json) AS a (n integer{columns})"
