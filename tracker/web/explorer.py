"""The GraphQL explorer with its examples, each a document in a file of its own."""

import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from tracker.domain import clock
from tracker.web.pages import AnyRequest, Page, page

EXAMPLES = Path(__file__).parent / "examples"
VARIABLES = "Variables: "
SOON = "IN_30_DAYS"
"""In an example's variables, the date of that day."""


async def explorer(request: AnyRequest) -> Page:
    """The page for people; programs use the same address without it."""
    soon = (clock.today("UTC") + timedelta(days=30)).isoformat()
    shown = [
        {**each, "variables": json.loads(each["variables"].replace(SOON, soon))}
        for each in examples()
    ]
    return await page(request, "explorer", examples=shown)


@cache
def examples() -> list[dict[str, Any]]:
    """In the order of their files. The first comment line of each is its name, one that begins
    with "Variables:" holds them as JSON, the others say what it shows."""
    return [_example(path) for path in sorted(EXAMPLES.glob("*.graphql"))]


def _example(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    comments = [line.lstrip("# ") for line in text.splitlines() if line.startswith("#")]
    variables = [line for line in comments if line.startswith(VARIABLES)]
    name, *rest = (line for line in comments if line not in variables)
    return {
        "name": name,
        "description": " ".join(rest),
        "document": text,
        "variables": variables[0].removeprefix(VARIABLES) if variables else "{}",
    }
