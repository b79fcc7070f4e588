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
    return draw(request, "outcomes/list", data, theme=theme, city=city)


def _filter(theme: str, city: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if theme:
        found["themes"] = {"has": theme}
    if city:
        found["participations"] = {"some": {"city": {"id": {"eq": city}}}}
    return found
