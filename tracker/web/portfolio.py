"""What the portfolio page lets its reader choose, and what waits for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracker.domain.actor import Actor
from tracker.domain.projects.rules import RUNNING
from tracker.domain.projects.states import Health, ProjectState
from tracker.domain.roles import Permission
from tracker.graphql.waiting import asked, cities
from tracker.web.forms import city_id

PAGE_SIZE = 20
TEXT_MOST = 100

ORDERS: dict[str, list[dict[str, str]]] = {
    "newest": [{"field": "CREATED_AT", "direction": "DESC"}],
    "changed": [{"field": "UPDATED_AT", "direction": "DESC"}],
    "late": [{"field": "LATE_DAYS", "direction": "DESC"}],
    "end": [{"field": "PLANNED_END_ON", "direction": "ASC"}],
    "progress": [{"field": "PROGRESS", "direction": "DESC"}],
    "title": [{"field": "TITLE", "direction": "ASC"}],
}
"""As the page offers them; the template has the words."""

HEALTHS = {each.upper(): [each.upper()] for each in Health} | {"TROUBLED": ["AMBER", "RED"]}


@dataclass(frozen=True)
class Choice:
    """The reader's filters. What is not offered counts as not chosen: addresses get mangled."""

    text: str = ""
    state: str = ""
    health: str = ""
    city: str = ""
    order: str = "newest"
    after: str = ""
    before: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Choice":
        """From the page's address."""
        return cls(
            text=query.get("q", "").replace("\x00", "").strip()[:TEXT_MOST],
            state=_offered(query.get("state", ""), {each.upper() for each in ProjectState}),
            health=_offered(query.get("health", ""), set(HEALTHS)),
            city=city_id(query.get("city", "")),
            order=_offered(query.get("order", ""), set(ORDERS)) or "newest",
            after=query.get("after", "")[:500],
            before=query.get("before", "")[:500],
        )

    @property
    def cursor(self) -> str:
        """Where in the list the page begins or ends, if it is not the first one."""
        return self.after or self.before

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.text or self.state or self.health or self.city)

    def query(self) -> dict[str, str]:
        """The filters as the page's address has them, for links to the next page."""
        named = {
            "q": self.text,
            "state": self.state,
            "health": self.health,
            "city": self.city,
            "order": self.order if self.order != "newest" else "",
        }
        return {name: value for name, value in named.items() if value}

    def variables(self) -> dict[str, Any]:
        """Of the document projects/list."""
        page: dict[str, Any] = {"first": PAGE_SIZE}
        if self.after:
            page["after"] = self.after
        elif self.before:
            page = {"last": PAGE_SIZE, "before": self.before}
        return {
            **page,
            "filter": self._filter(),
            "order": ORDERS[self.order],
            "narrowed": self.narrowed,
        }

    def _filter(self) -> dict[str, Any]:
        every: list[dict[str, Any]] = []
        if self.text:
            every.append({"text": {"matches": self.text}})
        if self.state:
            every.append({"state": {"eq": self.state}})
        if self.health:
            every.append({"health": {"in": HEALTHS[self.health]}})
        if self.health == Health.UNKNOWN.name:  # nobody asks how proposals and the past fare
            every.append({"state": {"in": [each.name for each in sorted(RUNNING)]}})
        if self.city:
            among = {"some": {"city": {"id": {"eq": self.city}}}}
            every.append({"participations": among})
        return {"and": every} if every else {}


WAITING = (
    *("toAccept", "late", "toApprove", "toRevise", "toAnswer", "toPublish", "toAssess"),
    *("toEvaluate", "toFollow", "toReview"),
)
NOTHING_WAITS: dict[str, Any] = {name: {"nodes": []} for name in WAITING}
"""What is not asked for whom nothing of the kind can wait."""


def waiting(actor: Actor) -> dict[str, Any]:
    """Variables that choose what waits for somebody in their roles: lists of city ids, and
    whether there are any."""
    return {
        **asked(actor),
        "mayor": cities(actor.cities_with(Permission.DECIDE)),
        "office": ["OFFICER"] if actor.may(Permission.REVIEW) else [],
        "inside": bool(actor.city_ids),
    }


def _offered(given: str, choices: set[str]) -> str:
    return given if given in choices else ""
