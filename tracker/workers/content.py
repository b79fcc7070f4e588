"""What the documents of the digests returned -> what their templates show: chosen, ranked, capped.

The parts and their order are those of the mayor's digest: decisions, red and amber, achieved,
the next 30 days, outcomes, what slipped, what is missing, and each city's two sides.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tracker.locale import SOURCE, Reader

Row = dict[str, Any]

SHOWN = 5
"""Entries of a part; what is beyond them is counted and linked."""

AHEAD_DAYS, SILENT_DAYS = 30, 30

UNDER_WAY = ("ACTIVE", "SUSPENDED", "FINALISING")
SETTLED = ("ACCEPTED", "WAIVED")
SIDES = {"DONOR": "donor", "CO_DONOR": "donor", "RECIPIENT": "recipient",
         "CO_RECIPIENT": "recipient"}  # fmt: skip
SEVERITY = ("RED", "AMBER", "UNKNOWN", "GREEN")


@dataclass(frozen=True)
class Window:
    """The period [from_, to) as its reader's clock and calendar show it, read at `now`."""

    from_: datetime
    to: datetime
    now: datetime
    reader: Reader

    @property
    def today(self) -> date:
        """The day on which the reader reads."""
        return self.day(self.now)

    def day(self, instant: datetime | str) -> date:
        """The reader's date at an instant."""
        at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        return at.astimezone(self.reader.zone).date()

    def holds(self, instant: str) -> bool:
        """Whether the instant lies within the period."""
        return self.from_ <= datetime.fromisoformat(instant) < self.to


@dataclass(frozen=True)
class Part:
    """The first few of what there is to say, and how many more there are."""

    entries: list[Row]
    more: int

    @classmethod
    def of(cls, entries: Iterable[Row], rank: Callable[[Row], Any], shown: int = SHOWN) -> "Part":
        """The entries that rank lowest."""
        ranked = sorted(entries, key=rank)
        return cls(ranked[:shown], len(ranked[shown:]))

    def __bool__(self) -> bool:
        return bool(self.entries)


def digest(data: Row, window: Window) -> Row:
    """The context of emails/digest, from the answer to its content.graphql."""
    memberships = [each for each in _nodes(data["viewer"], "memberships") if each["city"]]
    portfolio = _nodes(data, "projects")
    projects = _projects(memberships, portfolio)
    under_way = [each for each in projects if each["state"] in UNDER_WAY]
    decisions = _decisions(memberships, window)
    outcomes = [each for project in projects for each in _readings(project, window)]
    parts = {
        "decisions": Part.of(decisions, lambda each: each["deadline_on"], shown=2 * SHOWN),
        "attention": Part.of(_attention(under_way, window), _by_severity),
        "achieved": Part.of(_achieved(projects, window), lambda each: each["rank"]),
        "upcoming": Part.of(_upcoming(under_way, window), lambda each: each["due_on"]),
        "slipped": Part.of(_slipped(under_way), lambda each: -each["days"]),
        "missing": Part.of(_missing(under_way, window), lambda each: each["code"]),
    }
    news = any(parts.values()) or any(each["new"] for each in outcomes)
    return {
        **parts,
        "outcomes": Part.of(outcomes, lambda each: (not each["new"], each["type"] == "OUTPUT")),
        "verdict": _verdict(under_way, decisions),
        "quiet": not news,
        "blocks": _blocks(memberships, window),
        "portfolio": Part.of(
            [_line(each, each["donorCity"], window) for each in portfolio], _by_severity, shown=20
        ),
        "ahead_days": AHEAD_DAYS,
        "silent_days": SILENT_DAYS,
    }


def closing(data: Row, window: Window) -> Row:
    """The context of emails/closing, from the answer to its content.graphql."""
    project = data["project"]
    place = window.reader
    return {
        "project": project,
        "donor": city_name(project["donorCity"], place),
        "recipient_city": city_name(project["recipientCity"], place),
        "milestones": _nodes(project, "milestones"),
        "milestones_total": project["milestones"]["totalCount"],
        "results": [
            result | {"readings": [_reading(each) for each in _nodes(result, "indicators")]}
            for result in _nodes(project, "results")
        ],
        "lessons": [
            {"city": city_name(each["city"], place), "lessons": each["lessons"]}
            for each in _nodes(project, "evaluations")
            if each["lessons"]
        ],
    }


def city_name(city: Row | None, reader: Reader) -> str:
    """As the city's own people write it, for those who read a language of theirs; else the
    English name."""
    if city is None:
        return "–"
    language = reader.language.split("-")[0]
    spoken = {each.split("-")[0] for each in city["languages"]} - {SOURCE}
    return str((language in spoken and city["localName"]) or city["name"])


def _projects(memberships: list[Row], portfolio: list[Row]) -> list[Row]:
    """Each project once, however many of its cities the reader serves."""
    found = [
        part["project"] for each in memberships for part in _nodes(each["city"], "participations")
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


def _decisions(memberships: list[Row], window: Window) -> list[Row]:
    """What waits for the reader as a mayor; nobody else can settle it."""
    return [
        {
            "kind": decision["kind"],
            "deadline_on": decision["deadlineOn"],
            "overdue": decision["overdue"],
            "city": city_name(each["city"], window.reader),
            **_named(decision["project"]),
        }
        for each in memberships
        if each["role"] == "MAYOR"
        for decision in _nodes(each["city"], "decisions")
    ]


def _attention(projects: list[Row], window: Window) -> list[Row]:
    """Projects at risk, off track or suspended: why, since when, what was before, what is next."""
    found = []
    for project in projects:
        if project["health"] not in ("RED", "AMBER") and project["state"] != "SUSPENDED":
            continue
        steps = [each for each in _nodes(project, "milestones") if each["state"] not in SETTLED]
        late = max(steps, key=lambda each: each["daysLate"], default=None)
        late = late if late and late["daysLate"] else None
        upcoming = (each for each in steps if each is not late and not each["daysLate"])
        following = min(upcoming, key=lambda each: each["dueOn"], default=None)
        found.append(
            {
                **_named(project),
                "health": project["health"],
                "was": _was(project, window),
                "since": late and _since(project, late),
                "suspended": project["state"] == "SUSPENDED",
                "reason": project["stateReason"],
                "reported": project["reportedHealth"],
                "late": late and _step(late, window),
                "late_days": late["daysLate"] if late else 0,
                "next": following and _step(following, window),
            }
        )
    return found


def _since(project: Row, late: Row) -> date | None:
    """The day on which the milestone's delay turned the project to its colour."""
    tolerated = {"RED": project["redDays"], "AMBER": project["amberDays"]}.get(project["health"])
    if tolerated is None:
        return None
    return date.fromisoformat(late["dueOn"]) + timedelta(days=tolerated + 1)


def _was(project: Row, window: Window) -> str | None:
    """The schedule's colour when the period began, by the due dates of then; None when it is the
    present one, or when the project had not begun."""
    if any(each["verb"] == "start" for each in _nodes(project, "steps")):
        return None
    then = window.day(window.from_)
    due = {each["subjectId"]: each["before"]["due_on"] for each in _nodes(project, "moved")}
    accepted = {each["subjectId"] for each in _nodes(project, "accepted")}
    late = max(
        (
            (then - date.fromisoformat(due.get(_number(each), each["dueOn"]))).days
            for each in _nodes(project, "milestones")
            if each["state"] not in SETTLED or _number(each) in accepted
        ),
        default=0,
    )
    was = ("RED" if late > project["redDays"] else
           "AMBER" if late > project["amberDays"] else "GREEN")  # fmt: skip
    return None if was == project["health"] else was


def _achieved(projects: list[Row], window: Window) -> list[Row]:
    """Milestones accepted and steps taken in the period, each with what comes next."""
    found = []
    for project in projects:
        accepted = {each["subjectId"] for each in _nodes(project, "accepted")}
        steps = _nodes(project, "milestones")
        open_ = (each for each in steps if each["state"] not in SETTLED)
        following = min(open_, key=lambda each: each["dueOn"], default=None)
        common = {**_named(project), "next": following and _step(following, window)}
        found += [
            {**common, "what": step["verb"], "on": window.day(step["at"]), "rank": (0, "")}
            for step in _nodes(project, "steps")[:1]  # the newest says it all
        ]
        found += [
            {**common, "what": "accept", **_step(each, window), "on": each["completedOn"],
             "rank": (1, project["code"])}
            for each in steps
            if _number(each) in accepted and each["state"] == "ACCEPTED"
        ]  # fmt: skip
    return found


def _upcoming(projects: list[Row], window: Window) -> list[Row]:
    first, last = window.today.isoformat(), (window.today + timedelta(AHEAD_DAYS)).isoformat()
    return [
        {**_named(project), **_step(each, window)}
        for project in projects
        for each in _nodes(project, "milestones")
        if each["state"] not in SETTLED and first <= each["dueOn"] <= last
    ]


def _readings(project: Row, window: Window) -> list[Row]:
    """Approved figures of a project."""
    return [
        {
            **_named(project),
            **_reading(indicator),
            "type": result["type"],
            "new": window.holds(indicator["latestValue"]["approvedAt"]),
        }
        for result in _nodes(project, "results")
        for indicator in _nodes(result, "indicators")
        if indicator["latestValue"] and indicator["latestValue"]["value"] is not None
    ]


def _slipped(projects: list[Row]) -> list[Row]:
    """Milestones that have another due date than when the period began."""
    found = []
    for project in projects:
        # Newest first: the last one read tells the date from before the period.
        was = {each["subjectId"]: each["before"]["due_on"] for each in _nodes(project, "moved")}
        for each in _nodes(project, "milestones"):
            old, new = was.get(_number(each)), each["dueOn"]
            if old and old < new:
                days = (date.fromisoformat(new) - date.fromisoformat(old)).days
                found.append(
                    {**_named(project), "milestone": each["title"], "was": old, "due_on": new,
                     "moves": each["moves"], "reason": each["moveReason"], "days": days}
                )  # fmt: skip
    return found


def _missing(projects: list[Row], window: Window) -> list[Row]:
    """Projects that nobody has said anything about for a month, and values that are overdue."""
    found = []
    for project in projects:
        updated = datetime.fromisoformat(project["updatedAt"])
        silent = updated < window.now - timedelta(SILENT_DAYS)
        values = [each["title"] for each in _nodes(project, "missing")]
        if silent or values:
            since = window.day(updated) if silent else None
            found.append({**_named(project), "silent_since": since, "values": values})
    return found


def _blocks(memberships: list[Row], window: Window) -> list[Row]:
    """The reader's cities, apart as donor and as recipient, with the benefits of that side."""
    cities = {each["city"]["id"]: each["city"] for each in memberships}
    found = []
    for city in cities.values():
        for side in ("donor", "recipient"):
            parts = _nodes(city, "participations")
            projects = [each["project"] for each in parts if SIDES[each["side"]] == side]
            if projects:
                partner = "recipientCity" if side == "donor" else "donorCity"
                lines = [_line(each, each[partner], window) for each in projects]
                found.append({
                    "city": city_name(city, window.reader),
                    "side": side,
                    "projects": Part.of(lines, _by_severity, shown=2 * SHOWN),
                    "benefits": Part.of(_benefits(projects, side), lambda each: each["code"]),
                })  # fmt: skip
    return found


def _benefits(projects: list[Row], side: str) -> list[Row]:
    return [
        {**_named(project), "benefit": result["title"]}
        for project in projects
        for result in _nodes(project, "results")
        if result["benefit"] in (side.upper(), "BOTH")
    ]


def _line(project: Row, partner: Row | None, window: Window) -> Row:
    return {
        **_named(project),
        "health": project["health"] if project["state"] in UNDER_WAY else None,
        "state": project["state"],
        "progress": project["progress"],
        "partner": city_name(partner, window.reader),
        "late_days": 0,
    }


def _reading(indicator: Row) -> Row:
    value, period = indicator["latestValue"] or {}, indicator["latestPeriod"] or {}
    return {
        "indicator": indicator["title"],
        "unit": indicator["unit"],
        "baseline": indicator["baselineValue"],
        "actual": value.get("value"),
        "narrative": value.get("narrative"),
        "target": period.get("targetValue"),
        "as_of": period.get("endsOn"),
        "achievement": indicator["achievement"],
    }


def _step(milestone: Row, window: Window) -> Row:
    return {
        "milestone": milestone["title"],
        "due_on": milestone["dueOn"],
        "owner": city_name(milestone["city"], window.reader),
    }


def _named(project: Row) -> Row:
    return {"code": project["code"], "title": project["title"]}


def _by_severity(each: Row) -> Any:
    health = each["health"] or "GREEN"
    return SEVERITY.index(health), -each["late_days"], each["code"]


def _number(node: Row) -> int:
    """The row number in a global id such as Milestone:12, by which events name their subject."""
    return int(str(node["id"]).rpartition(":")[2])


def _nodes(parent: Row, connection: str) -> list[Row]:
    found: list[Row] = (parent.get(connection) or {}).get("nodes", [])
    return found
