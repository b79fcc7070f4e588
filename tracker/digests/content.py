"""What the documents of the digests returned -> what their templates show: ranked and capped.

The parts and their order are those of the mayor's digest: decisions, what else waits, red and
amber, achieved, the next 30 days, outcomes, what slipped, what is missing, and each city's two
sides.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tracker.digests import parts
from tracker.digests.parts import Row, Window
from tracker.digests.waiting import by_day, waiting

SHOWN, FEW = 5, 3
"""Entries of a part that asks something of its reader, and of one that tells something. What is
beyond them is counted and linked, so that the whole stays readable at a glance."""

TROUBLED = "/projects?health=TROUBLED&order=late"

UNDER_WAY = ("ACTIVE", "SUSPENDED", "FINALISING")
SIDES = {"DONOR": "donor", "CO_DONOR": "donor", "RECIPIENT": "recipient",
         "CO_RECIPIENT": "recipient"}  # fmt: skip
ACHIEVEMENTS = ("close", "accept", "start", "agree")
SEVERITY = ("RED", "AMBER", "UNKNOWN", "GREEN")


@dataclass(frozen=True)
class Part:
    """The first few of what there is to say, how many more there are, and the page that has
    them."""

    entries: list[Row]
    more: int
    where: str

    @classmethod
    def of(
        cls,
        entries: Iterable[Row],
        rank: Callable[[Row], Any],
        shown: int = FEW,
        where: str = "/projects",
    ) -> "Part":
        """The entries that rank lowest."""
        ranked = sorted(entries, key=rank)
        return cls(ranked[:shown], len(ranked[shown:]), where)

    def __bool__(self) -> bool:
        return bool(self.entries)


def digest(data: Row, window: Window, deciding: Mapping[str, bool]) -> Row:
    """The context of emails/digest, from the answer to its content.graphql, for a reader who
    decides for these cities (see `parts.decisions`)."""
    memberships = [each for each in parts.nodes(data["viewer"], "memberships") if each["city"]]
    portfolio = parts.nodes(data, "projects")
    projects = _projects(memberships, portfolio)
    under_way = [each for each in projects if each["state"] in UNDER_WAY]
    decisions = parts.decisions(memberships, window, deciding)
    outcomes = [each for project in projects for each in parts.readings(project, window)]
    told = {
        "decisions": Part.of(decisions, lambda each: each["deadline_on"], shown=2 * SHOWN),
        "waiting": Part.of(waiting(data, window), by_day, SHOWN),
        "attention": Part.of(parts.attention(under_way, window), _by_severity, SHOWN, TROUBLED),
        "achieved": Part.of(parts.achieved(projects, window), _by_achievement),
        "upcoming": Part.of(parts.upcoming(under_way, window), lambda each: each["due_on"]),
        "slipped": Part.of(parts.slipped(under_way), lambda each: -each["days"]),
        "missing": Part.of(parts.missing(under_way, window), lambda each: each["code"]),
    }
    news = any(told.values()) or any(each["new"] for each in outcomes)
    return {
        **told,
        "outcomes": Part.of(
            outcomes, lambda each: (not each["new"], each["type"] == "OUTPUT"), where="/outcomes"
        ),
        "cities": _cities(memberships, window),
        "verdict": _verdict(under_way, decisions),
        "quiet": not news,
        "blocks": _blocks(memberships, window),
        "portfolio": Part.of(
            [_line(each, each["donorCity"], window) for each in portfolio],
            _by_severity,
            shown=2 * SHOWN,
        ),
        "ahead_days": parts.AHEAD_DAYS,
    }


def closing(data: Row, window: Window) -> Row:
    """The context of emails/closing, from the answer to its content.graphql."""
    project = data["project"]
    place = window.reader
    return {
        "project": project,
        "donor": parts.city_name(project["donorCity"], place),
        "recipient_city": parts.city_name(project["recipientCity"], place),
        "milestones": parts.nodes(project, "milestones"),
        "milestones_total": project["milestones"]["totalCount"],
        "results": [
            result
            | {"readings": [parts.reading(each) for each in parts.nodes(result, "indicators")]}
            for result in parts.nodes(project, "results")
        ],
        "lessons": [
            {"city": parts.city_name(each["city"], place)}
            | {k: each[k] for k in ("title", "narrative")}
            for each in parts.nodes(project, "lessons")
        ],
    }


def _cities(memberships: list[Row], window: Window) -> list[str]:
    """The reader's cities, each once."""
    found = {each["city"]["id"]: each["city"] for each in memberships}
    return [parts.city_name(each, window.reader) for each in found.values()]


def _projects(memberships: list[Row], portfolio: list[Row]) -> list[Row]:
    """Each project once, however many of its cities the reader serves."""
    found = [
        part["project"]
        for each in memberships
        for part in parts.nodes(each["city"], "participations")
    ]
    return list({each["id"]: each for each in [*found, *portfolio]}.values())


def _verdict(under_way: list[Row], decisions: list[Row]) -> dict[str, int]:
    counted = [each["health"] for each in under_way]
    return {
        "on_track": counted.count("GREEN"),
        "at_risk": counted.count("AMBER"),
        "off_track": counted.count("RED"),
        "unknown": counted.count("UNKNOWN"),
        "deciding": len({each["code"] for each in decisions}),
    }


def _blocks(memberships: list[Row], window: Window) -> list[Row]:
    """The reader's cities, apart as donor and as recipient, with the benefits of that side."""
    cities = {each["city"]["id"]: each["city"] for each in memberships}
    found = []
    for city in cities.values():
        for side in ("donor", "recipient"):
            roles = parts.nodes(city, "participations")
            projects = [each["project"] for each in roles if SIDES[each["side"]] == side]
            if projects:
                partner = "recipientCity" if side == "donor" else "donorCity"
                lines = [_line(each, each[partner], window) for each in projects]
                benefits, where = _benefits(projects, side), f"/projects?city={city['id']}"
                found.append({
                    "city": parts.city_name(city, window.reader),
                    "side": side,
                    "projects": Part.of(lines, _by_severity, SHOWN, where),
                    "benefits": Part.of(benefits, lambda each: each["code"], where=where),
                })  # fmt: skip
    return found


def _benefits(projects: list[Row], side: str) -> list[Row]:
    return [
        {**parts.named(project), "benefit": result["title"]}
        for project in projects
        for result in parts.nodes(project, "results")
        if result["benefit"] in (side.upper(), "BOTH")
    ]


def _line(project: Row, partner: Row | None, window: Window) -> Row:
    return {
        **parts.named(project),
        "health": project["health"] if project["state"] in UNDER_WAY else None,
        "state": project["state"],
        "progress": project["progress"],
        "partner": parts.city_name(partner, window.reader),
        "late_days": 0,
    }


def _by_achievement(each: Row) -> int:
    """What was completed, then milestones, then beginnings."""
    return ACHIEVEMENTS.index(each["what"])


def _by_severity(each: Row) -> Any:
    health = each["health"] or "GREEN"
    return SEVERITY.index(health), -each["late_days"], each["code"]
