"""The front door."""

from typing import Any

from litestar import Request, get

from tracker.web.pages import Page, page


@get("/")
async def home(request: Request[Any, Any, Any]) -> Page:
    """What the tracker is for, in figures that everybody may see."""
    return await page(request, "home/show")
