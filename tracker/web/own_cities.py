"""On whose behalf somebody writes: a city of theirs, chosen where there are several; and lists that
a form offers whole."""

from collections.abc import Sequence
from typing import Any, TypeVar

from tracker.domain.errors import Invalid
from tracker.domain.messages import Message, say
from tracker.domain.roles import Permission
from tracker.web.fields import Field
from tracker.web.forms import Posted, read_form, row_number
from tracker.web.identity import actor_of
from tracker.web.pages import AnyRequest, read
from tracker.web.templates import number_of
from tracker.web.words import N_

Draft = TypeVar("Draft")


async def own_cities(request: AnyRequest, permission: Permission) -> list[tuple[str, str]]:
    """Number and name of each city for which the reader may do this, by name."""
    numbers = (await actor_of(request)).cities_with(permission)
    wanted = {"ids": [f"City:{number}" for number in numbers]}
    data = await read(request, "components/cities", wanted)
    return [(str(number_of(each["id"])), each["name"]) for each in data["cities"]["nodes"]]


PAGES_MOST = 50
"""Pages of a hundred that a list of choices has; more is for a search, not for a list."""


async def offered(request: AnyRequest, name: str, field: str) -> list[dict[str, Any]]:
    """All nodes of the connection `field` of a document that takes `$after`."""
    nodes: list[dict[str, Any]] = []
    after: str | None = None
    for _ in range(PAGES_MOST):
        page = (await read(request, name, {"after": after}))[field]
        nodes += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    return nodes


def city_field(cities: Sequence[tuple[str, str]]) -> Field:
    """The field that says for which of them; there is nothing to choose from one."""
    kind = "choice" if len(cities) > 1 else "kept"
    return Field("city_id", N_("City"), kind, required=True, options=cities, named=True)


def city_of(form: Posted, kind: type[Draft]) -> tuple[int, Draft]:
    """The city and the draft. Raises Invalid with all that cannot be read, the city too."""
    city_id = row_number(form.text("city_id"))
    wrong: dict[str, list[Message]] = {}
    if city_id is None:
        wrong = {"city_id": [say("Choose the city that it is for.")]}
    try:
        draft = read_form(kind, form)
    except Invalid as refusal:
        raise Invalid({**wrong, **refusal.fields}) from refusal
    if city_id is None:
        raise Invalid(wrong)
    return city_id, draft
