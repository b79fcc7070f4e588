"""What the documents of the digests returned -> what their templates show: ranked and capped.

The parts and their order are those of the mayor's digest: decisions, those made in their name, what
else waits, red and amber, achieved, the next 30 days, outcomes, what slipped, what is missing, and
each city's two sides.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tracker.digests import parts
from tracker.digests.answering import ALONE
from tracker.digests.parts import Row, Window
from tracker.digests.room import Part, Room
from tracker.digests.waiting import by_day, waiting
from tracker.domain.projects.health import RANKED

UNDER_WAY = ("ACTIVE", "SUSPENDED", "FINALISING")
SIDES = {"DONOR": "donor", "CO_DONOR": "donor", "RECIPIENT": "recipient",
         "CO_RECIPIENT": "recipient"}  # fmt: skip
SIDE_PARTS = ("projects", "benefits")
"""Of a city as donor or as recipient."""

PORTFOLIO_LEAST = 9
"""Projects that the secretariat's digest names, those first that fare worst."""

ACHIEVEMENTS = ("close", "accept", "start", "agree")
SEVERITY = [each.value.upper() for each in reversed(RANKED)]

NARRATIVE_MOST = 600
"""Characters of a story that a closing digest tells."""


@dataclass(frozen=True)
class Told:
    """What a digest tells of projects, the same for all who have the reader's cities: its part of
    the context, the names of the cities, the health of what is under way, and whether there is
    news."""

    context: Row
    cities: list[str]
    health: Counter[str]
    news: bool


def told(data: Row, window: Window, deciding: Mapping[str, bool], room: Room) -> Told:
    """What the answer to the digest's content.graphql tells of projects. Of several cities those
    come first for which the reader decides."""
    served = parts.nodes(data, "cities")
    projects = _projects(served, parts.nodes(data, "projects"))
    under_way = [each for each in projects if each["state"] in UNDER_WAY]
    cities = sorted(
        (_city(each, window, room) for each in served), key=lambda each: _by_trouble(each, deciding)
    )
    found, blocks = _parts(projects, under_way, window, room), _blocks(cities, room)
    everything = {**found, **_sides(blocks), "portfolio": _portfolio(data, window, room)}
    shared = room.shared(everything, room.tells)
    new = any(each["new"] for each in found["outcomes"].entries)
    return Told(
        {name: shared[name] for name in (*found, "portfolio")} | {"blocks": _cut(blocks, shared)},
        [each["name"] for each in cities],
        Counter(each["health"].lower() for each in under_way),
        new or any(of for name, of in found.items() if name != "outcomes"),
    )


def digest(
    data: Row, window: Window, deciding: Mapping[str, bool], room: Room, of_projects: Told
) -> Row:
    """The context of emails/digest, from the answer to its content.graphql and what that tells of
    projects, for a reader who decides for these cities (see `parts.decisions`)."""
    memberships = [each for each in parts.nodes(data["viewer"], "memberships") if each["city"]]
    decisions = parts.decisions(memberships, window, deciding)
    in_their_name = parts.decided(memberships, window)
    waits = waiting(data, window)
    least = 2 if in_their_name else 3  # what has a mail of its own takes no more of the screen
    own = {
        "decisions": room.part(
            "decisions", decisions, lambda each: each["deadline_on"], lines=4, least=least
        ),
        "decided": room.part("decided", in_their_name, _newest),
        "waiting": room.part("waiting", waits, by_day),
    }
    return {
        **room.shared(own, room.asks),
        **of_projects.context,
        "cities": Part.first(of_projects.cities, room.listed, room.whole),
        "verdict": _verdict(data, of_projects.health, decisions, waits),
        "quiet": not (of_projects.news or any(own.values())),
        "ahead_days": parts.AHEAD_DAYS,
        "alone": ALONE,
    }


def closing(data: Row, window: Window, room: Room) -> Row:
    """The context of emails/closing, from the answer to its content.graphql."""
    project, place = data["project"], window.reader
    page = f"/projects/{project['code']}"
    results = [_result(each, f"{page}/results", room) for each in parts.nodes(project, "results")]
    lessons = [_lesson(each, window) for each in parts.nodes(project, "lessons")]
    completed = sorted(parts.nodes(project, "milestones"), key=lambda each: each["completedOn"])
    told = {
        "results": Part(
            sorted(results, key=lambda each: each["type"] == "OUTPUT"), 0, f"{page}/results", 4
        ),
        "milestones": Part(completed, 0, f"{page}#milestones", 1),
        "lessons": Part(lessons, 0, f"{page}#evaluations", 4),
    }
    return {
        **room.shared(told, room.tells),
        "project": project,
        "donor": parts.city_name(project["donorCity"], place),
        "recipient_city": parts.city_name(project["recipientCity"], place),
        "milestones_total": project["milestones"]["totalCount"],
    }


def _result(result: Row, page: str, room: Room) -> Row:
    """What came of it, figures first."""
    readings = [parts.reading(each) for each in parts.nodes(result, "indicators")]
    for each in readings:
        each["narrative"] = parts.short(each["narrative"] or "", NARRATIVE_MOST)
    where = f"{page}#result-{parts.row_number(result)}"
    readings.sort(key=lambda each: each["actual"] is None)
    shown = Part.first(readings, room.listed, where)
    return {"title": result["title"], "type": result["type"], "readings": shown}


def _lesson(lesson: Row, window: Window) -> Row:
    return {
        "city": parts.city_name(lesson["city"], window.reader),
        "title": lesson["title"],
        "narrative": parts.short(lesson["narrative"], NARRATIVE_MOST),
    }


def _parts(
    projects: list[Row], under_way: list[Row], window: Window, room: Room
) -> dict[str, Part]:
    """All of each part, in the order of the mail."""
    attention, upcoming = parts.attention(under_way, window), parts.upcoming(under_way, window)
    outcomes = [each for project in projects for each in parts.readings(project, window)]
    missing = _missing(under_way, window, room)
    return {
        "attention": room.part("attention", attention, _by_severity, lines=4, least=2),
        "achieved": room.part("achieved", parts.achieved(projects, window), _by_achievement),
        "upcoming": room.part("upcoming", upcoming, lambda each: each["due_on"]),
        "outcomes": room.part("outcomes", outcomes, _by_need),
        "slipped": room.part("slipped", parts.slipped(under_way), lambda each: -each["days"]),
        "missing": room.part("missing", missing, lambda each: each["code"]),
    }


def _city(city: Row, window: Window, room: Room) -> Row:
    """A city of the reader's, with what it has as donor and as recipient."""
    blocks = (_block(city, side, window, room) for side in ("donor", "recipient"))
    name = parts.city_name(city, window.reader)
    return {"id": city["id"], "name": name, "blocks": [each for each in blocks if each]}


def _sides(blocks: Part) -> dict[str, Part]:
    return {
        f"{block['name']} {side}": block[side] for block in blocks.entries for side in SIDE_PARTS
    }


def _cut(blocks: Part, shared: Mapping[str, Part]) -> Part:
    """The blocks with as much of their parts as is shown."""
    cut = [
        block | {side: shared[f"{block['name']} {side}"] for side in SIDE_PARTS}
        for block in blocks.entries
    ]
    return replace(blocks, entries=cut)


def _projects(served: list[Row], portfolio: list[Row]) -> list[Row]:
    """Each project once, however many of its cities the reader serves."""
    found = [part["project"] for city in served for part in parts.nodes(city, "participations")]
    return list({each["id"]: each for each in [*found, *portfolio]}.values())


def _missing(projects: list[Row], window: Window, room: Room) -> list[Row]:
    found = parts.missing(projects, window)
    for each in found:
        values, page = each["values"], f"/projects/{each['code']}/results"
        each["values"] = Part.first(values, room.listed, page)
    return found


def _verdict(
    data: Row, health: Counter[str], decisions: list[Row], waits: list[Row]
) -> dict[str, int]:
    """The whole portfolio where it is the reader's, however long it is; proposals to review by
    themselves, and not among what else waits."""
    counts = (data.get("portfolio") or {}).get("health", health)
    return {
        "on_track": counts["green"],
        "at_risk": counts["amber"],
        "off_track": counts["red"],
        "unknown": counts["unknown"],
        "deciding": len({each["code"] for each in decisions}),
        "reviewing": (data.get("toReview") or {}).get("totalCount", 0),
        "waiting": sum(each["what"] != "proposal" for each in waits),
    }


def _portfolio(data: Row, window: Window, room: Room) -> Part:
    projects = parts.nodes(data, "projects")
    lines = [_line(each, parts.cities(each, window.reader)) | _trouble(each) for each in projects]
    beyond = data["projects"]["totalCount"] - len(lines) if lines else 0
    part = room.part("portfolio", lines, _by_severity, least=PORTFOLIO_LEAST)
    return replace(part, more=beyond)


def _trouble(project: Row) -> Row:
    """Why a project fares badly, in few words."""
    troubled = project["health"] in ("RED", "AMBER")
    late = parts.latest(project) if troubled else None
    return {
        "late_days": late["daysLate"] if late else 0,
        "behind": troubled and parts.is_behind(project),
        "suspended": project["state"] == "SUSPENDED",
    }


def _blocks(cities: list[Row], room: Room) -> Part:
    """Those of the first cities; how many cities more have some is counted."""
    with_some = [each["blocks"] for each in cities if each["blocks"]]
    shown, hidden = with_some[: room.cities], with_some[room.cities :]
    first = hidden[0][0]["name"] if hidden else ""
    return Part([block for each in shown for block in each], len(hidden), room.at(first))


def _block(city: Row, side: str, window: Window, room: Room) -> Row | None:
    """A city as donor or as recipient, with the benefits of that side."""
    roles = parts.nodes(city, "participations")
    projects = [each["project"] for each in roles if SIDES[each["side"]] == side]
    if not projects:
        return None
    name = f"{side}-{parts.row_number(city)}"
    partner = "recipientCity" if side == "donor" else "donorCity"
    lines = [_line(each, parts.city_name(each[partner], window.reader)) for each in projects]
    return {
        "name": name,
        "city": parts.city_name(city, window.reader),
        "side": side,
        "projects": room.part(name, lines, _by_severity),
        "benefits": room.part(name, _benefits(projects, side), lambda each: each["code"], lines=1),
    }


def _benefits(projects: list[Row], side: str) -> list[Row]:
    return [
        {**parts.named(project), "benefit": result["title"]}
        for project in projects
        for result in parts.nodes(project, "results")
        if result["benefit"] in (side.upper(), "BOTH")
    ]


def _line(project: Row, partner: str) -> Row:
    """Where a project stands; `partner` is the other city, or both for who is of neither."""
    return {
        **parts.named(project),
        "health": project["health"] if project["state"] in UNDER_WAY else None,
        "state": project["state"],
        "progress": project["progress"],
        "partner": partner,
        "late_days": 0,
    }


def _newest(each: Row) -> int:
    return -int(each["on"].toordinal())


def _by_achievement(each: Row) -> int:
    """What was completed, then milestones, then beginnings."""
    return ACHIEVEMENTS.index(each["what"])


def _by_severity(each: Row) -> Any:
    health = each["health"] or "GREEN"
    return SEVERITY.index(health), -each["late_days"], each["code"]


def _by_need(each: Row) -> Any:
    """What is disputed or worse than at the start, then what is new, outcomes before outputs, the
    least of the way first; what has no way comes last."""
    way = Decimal(each["achievement"] or "inf")
    troubled = each["disputed"] or way < 0
    return not troubled, not each["new"], each["type"] == "OUTPUT", way


def _by_trouble(city: Row, deciding: Mapping[str, bool]) -> Any:
    """Those for which the reader decides first, then those with the worst news."""
    worst = [_by_severity(block["projects"].entries[0]) for block in city["blocks"]]
    return city["id"] not in deciding, not worst, min(worst, default=())
