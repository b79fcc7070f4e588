"""The GraphQL explorer with its examples, each a document in a file of its own."""

from functools import cache
from pathlib import Path
from typing import Any

from tracker.web.pages import AnyRequest, Page, page

EXAMPLES = Path(__file__).parent / "examples"


async def explorer(request: AnyRequest) -> Page:
    """The page for people; programs use the same address without it."""
    return await page(request, "explorer", examples=examples())


@cache
def examples() -> list[dict[str, Any]]:
    """In the order of their files. The first comment line of each is its name, the others say
    what it shows."""
    return [_example(path) for path in sorted(EXAMPLES.glob("*.graphql"))]


def _example(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    comments = [line for line in text.splitlines() if line.startswith("#")]
    name, *rest = (line.lstrip("# ") for line in comments)
    return {
        "name": name,
        "description": " ".join(rest),
        "document": text,
        "variables": {},
    }
