"""What all projects changed together: indicators that measure the same, rolled up as they say."""

from typing import Any

from litestar import get

from tracker.web.forms import city_id
from tracker.web.pages import AnyRequest, Page, draw, read


@get("/outcomes")
async def listing(request: AnyRequest) -> Page:
    """Over the projects that the viewer may see, of one city or on one theme if so wished."""
    query = request.query_params
    theme = query.get("theme", "").replace("\x00", "").strip()[:60].lower()
    city = city_id(query.get("city", ""))
    data = await read(request, "outcomes/list", {"filter": _filter(theme, city)})
    disputed = data["disputed"]["nodes"]
    return draw(
        request, "outcomes/list", data, theme=theme, city=city, pooled=_pooled,
        disputes=lambda row: [each for each in disputed if _counts(each, row)],
    )  # fmt: skip


def _filter(theme: str, city: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if theme:
        found["themes"] = {"has": theme}
    if city:
        found["participations"] = {"some": {"city": {"id": {"eq": city}}}}
    return found


def _pooled(row: dict[str, Any]) -> bool:
    """Whether its value is of all periods together: what a project's own page shows is the latest
    one's, which may be another number."""
    adds_up = row["aggregation"] in ("SUM", "RATIO_OF_SUMS")
    return adds_up and row["accumulation"] == "PERIOD" and row["value"] is not None


DEFINITION = ("unit", "measure", "aggregation", "accumulation", "ascending")


def _counts(value: dict[str, Any], row: dict[str, Any]) -> bool:
    """Whether the approved value is part of the row."""
    indicator = value["period"]["indicator"]
    same = all(indicator[part] == row[part] for part in DEFINITION)
    latest = indicator["latestPeriod"]["id"] == value["period"]["id"]
    named = indicator["title"].lower() == row["definition"]
    return same and named and (latest or _pooled(row))
