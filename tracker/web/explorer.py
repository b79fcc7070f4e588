"""The GraphQL explorer with its examples, each a document in a file of its own."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import IO, Any

from litestar import get

from tracker.domain import clock
from tracker.web.pages import AnyRequest, Page, draw, read, reader_of

EXAMPLES = Path(__file__).parent / "examples"
VARIABLES = "Variables: "
NO_PROJECT = "Project:0"
"""Stands where no project is under way; no row has this number."""


@get("/graphql")
async def explorer(request: AnyRequest) -> Page:
    """The page for people; the API's door answers programs at the same address."""
    data = await read(request, "explorer")
    say = reader_of(request).gettext
    shown = [
        {**each, "name": say(each["name"]), "description": say(each["description"])}
        for each in examples(_project(data))
    ]
    return draw(request, "explorer", data, examples=shown)


def _project(data: Mapping[str, Any]) -> str:
    """The id of a project under way: one of the viewer's own cities, else any that they see."""
    memberships = data["own"]["memberships"]["nodes"] if data["own"] else ()
    own = [
        each["project"]["id"]
        for membership in memberships
        if membership["city"]
        for each in membership["city"]["participations"]["nodes"]
    ]
    found: str = next(iter([*own, *(each["id"] for each in data["active"]["nodes"])]), NO_PROJECT)
    return found


def examples(project: str = NO_PROJECT) -> list[dict[str, Any]]:
    """Each with its `name`, `description`, `document` and `variables`, in the order of their
    files; days in the variables count from today (UTC), and `project` is the one they name."""
    stands_for = {**_days(clock.today("UTC")), "MY_PROJECT": project}
    return [
        {**each, "variables": {name: stands_for.get(x, x) for name, x in each["variables"].items()}}
        for each in _written()
    ]


def _days(today: date) -> dict[str, str]:
    """What examples write in place of a date or an instant."""
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    return {
        "TODAY": today.isoformat(),
        "IN_30_DAYS": (today + timedelta(days=30)).isoformat(),
        "A_YEAR_AGO": (today - timedelta(days=365)).isoformat(),
        "THIRTY_DAYS_AGO": f"{today - timedelta(days=30)}T00:00:00Z",
        "QUARTER_BEGAN": f"{quarter}T00:00:00Z",
    }


@cache
def _written() -> list[dict[str, Any]]:
    """The first comment line of each file is its name, one that begins with "Variables:" holds
    them as JSON, the others say what it shows."""
    return [_example(path) for path in sorted(EXAMPLES.glob("*.graphql"))]


def _example(path: Path) -> dict[str, Any]:
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = [line.removeprefix("#").strip() for line in lines if line.startswith("#")]
    variables = [line for line in comments if line.startswith(VARIABLES)]
    name, *rest = (line for line in comments if line not in variables)
    return {
        "name": name,
        "description": " ".join(rest),
        # What the variables are stands beside the document.
        "document": "\n".join(line for line in lines if not line.startswith(f"# {VARIABLES}")),
        "variables": json.loads(variables[0].removeprefix(VARIABLES)) if variables else {},
    }


def words(file: IO[bytes], *_: object, **__: object) -> Iterator[tuple[int, str, str, list[str]]]:
    """What there is to translate in an example's file; babel.cfg names this."""
    example = _example(Path(file.name))
    yield from ((1, "", example[part], []) for part in ("name", "description"))
