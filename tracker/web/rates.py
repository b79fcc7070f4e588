"""Exchange rates: which there are, where they come from, and when they were read in."""

from typing import Any

from litestar import get

from tracker.domain import currencies
from tracker.web.pages import AnyRequest, Page, draw, read


@get("/rates")
async def listing(request: AnyRequest) -> Page:
    """All currencies on the newest day; or one of them, day by day."""
    wanted = request.query_params.get("currency", "").strip().upper()
    wanted = wanted if currencies.known(wanted) else ""
    only = {"currency": {"eq": wanted}} if wanted else {}
    data = await read(request, "rates/list", {"filter": only})
    return draw(request, "rates/list", data, rates=_shown(data, wanted), wanted=wanted)


def _shown(data: dict[str, Any], wanted: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data["exchangeRates"]["nodes"]
    return found if wanted else [each for each in found if each["ratedOn"] == found[0]["ratedOn"]]
