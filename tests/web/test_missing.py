"""A missing value never changes to 0 anywhere, nor a reported 0 to nothing: from the database
through the API, the pages, a report, the digest and the files, and back in."""

from collections.abc import Mapping, Sequence
from decimal import Decimal as D
from typing import Any

from asyncpg import Connection
from hypothesis import HealthCheck, Phase, example, given
from hypothesis import settings as trying

from tests.cast import Cast
from tests.conftest import empty
from tests.web import seen
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tests.web.missing import GAUGES, LINES, WHOLE, Gauge, Line, Planted, Span, planned, plant
from tracker.domain.database import fetch
from tracker.graphql import execute
from tracker.settings import Settings

EVERY_GAP = [
    Gauge(False, None, (Span(None, "approved", D(0), None, D(0)),
                        Span(D(0), "approved", D("7.5"), D(0), None))),
    Gauge(False, D(0), (Span(D(25), "approved", None, None, None),
                        Span(None, "draft", None, D(0), None))),
    Gauge(True, D(40), (Span(None, "approved", D(0), None, None),
                        Span(D(0), "draft", None, None, None))),
]  # fmt: skip
"""Something missing, and something that is 0, in each kind of place."""

REPORT = """mutation($input: [ValueReportItemInput!]!) { valuesReport(input: $input) {
  values { value numerator } problems { field message } } }"""


@trying(
    max_examples=2,
    phases=[Phase.explicit, Phase.generate],  # an example takes a second: none is made smaller
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@example(gauges=EVERY_GAP, lines=[Line(D(0), None), Line(None, D(0))])
@given(gauges=GAUGES, lines=LINES)
async def test_missing_is_missing_and_zero_is_zero_everywhere(
    cleaner: Connection,
    cast: Cast,
    signed_in: SignedIn,
    settings: Settings,
    gauges: list[Gauge],
    lines: list[Line],
) -> None:
    await empty(cleaner)
    planted = await plant(cast, gauges, lines)
    author, auditor = await signed_in("nairobi_coordinator"), await signed_in("auditor")
    rows = await seen.exported(planted)
    for layer, told in {
        "database": await seen.database(planted),
        "api": await seen.api(planted),
        "results": await seen.results(planted, author),
        "project": await seen.project(planted, author),
        "values": await seen.values(planted, author),
        "budget": await seen.budget(planted, author),
        "files": seen.in_file(planted, rows),
        "digest": await seen.digest(planted, settings),
        "report": await seen.report(planted, auditor),
    }.items():
        assert told == {name: planted.expected[name] for name in told}, layer
    await _require_back_in(planted, rows, author)


async def _require_back_in(
    planted: Planted, rows: Sequence[Mapping[str, str]], author: Browser
) -> None:
    """The file, reported for indicators that have nothing yet: what is missing in it is refused and
    becomes no value, neither by itself nor for those beside it."""
    file = {row["id"]: row for row in rows}
    _, numbers = await planned(planted.cast, planted.project, planted.gauges, "Copy")
    spans, copies = list(planted.spans()), [number for each in numbers for number in each]
    items = [
        _item(gauge, file[f"Period:{period}"], copy, planted.cast.nairobi)
        for (_, gauge, _, period), copy in zip(spans, copies, strict=True)
    ]
    known = [item for item in items if None not in item.values()]
    if len(known) < len(items):
        assert await _problems(planted, items)
        assert [await _stored(copy) for copy in copies] == [[]] * len(copies)
    if known:
        assert await _problems(planted, known) == []
    for (_, gauge, span, _), copy in zip(spans, copies, strict=True):
        value = gauge.value(span)
        assert await _stored(copy) == ([] if value is None else [value])
    for (_, gauge, span, _), copy in zip(spans, copies, strict=True):
        if not gauge.percentage and gauge.value(span) is None:
            await _require_form(author, copy)


def _item(gauge: Gauge, row: Mapping[str, str], copy: int, city: int) -> dict[str, Any]:
    """What a program that reads the file sends; an empty cell is no number."""
    figures: dict[str, Any] = {"value": row.get("values.value") or None}
    if gauge.percentage:
        counted = row.get("values.numerator") or None
        figures = {"numerator": counted, "denominator": str(WHOLE)}
    return {"periodId": f"Period:{copy}", "cityId": f"City:{city}", **figures}


async def _problems(planted: Planted, items: Sequence[Mapping[str, Any]]) -> list[Any]:
    found = await execute(REPORT, {"input": items}, planted.cast.nairobi_coordinator)
    problems: list[Any] = found["valuesReport"]["problems"]
    return problems


async def _stored(period: int) -> list[Any]:
    return [
        row["value"] for row in await fetch("SELECT value FROM value WHERE period = $1", period)
    ]


async def _require_form(author: Browser, period: int) -> None:
    """An empty field is no 0, and a 0 is no empty field."""
    path = f"/periods/{period}/report"
    await author.open(path)
    await author.submit(path, value="")
    assert author.page.status_code == 422
    assert await _stored(period) == []
    await author.submit(path, value="0")
    assert await _stored(period) == [0]
