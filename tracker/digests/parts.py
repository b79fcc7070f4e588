"""The parts of the mayor's digest: what each says, project by project, in no order yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tracker.digests.answering import PLACE
from tracker.locale import Reader

Row = dict[str, Any]

AHEAD_DAYS, SILENT_DAYS = 30, 30

REASON_MOST = 160
"""Characters of a reason that a digest tells; its project's page has all of it."""

SETTLED = ("ACCEPTED", "WAIVED")
"""Milestone states in which nothing more is expected."""

DONE = (*SETTLED, "SUBMITTED")
"""Those in which nothing more is expected of the city that owns it."""


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


def decisions(memberships: list[Row], window: Window, deciding: Mapping[str, bool]) -> list[Row]:
    """What waits for the reader, who decides for the cities with these ids: as their mayor or,
    where that is true, as the mayor's deputy. Nobody decides on what they proposed."""
    return [
        {
            "deputy": deciding[number],
            "address": f"{PLACE}{row_number(decision)}",
            "kind": decision["kind"],
            "deadline_on": decision["deadlineOn"],
            "overdue": decision["overdue"],
            "city": city_name(city, window.reader),
            **named(decision["project"]),
        }
        for number, city in _each_city(memberships).items()
        if number in deciding
        for decision in nodes(city, "decisions")
        if not decision["decidedAt"]
        and not decision["project"]["proposedByViewer"]
        and not decision["settledByViewerElsewhere"]
        and not decision["askedByViewer"]
    ]


def decided(memberships: list[Row], window: Window) -> list[Row]:
    """What deputies decided in the reader's name within the period."""
    return [
        {
            "address": f"/decisions/{row_number(decision)}",
            "kind": decision["kind"],
            "state": decision["state"],
            "on": window.day(decision["decidedAt"]),
            "by": decision["decidedBy"] and decision["decidedBy"]["name"],
            **named(decision["project"]),
        }
        for city in _each_city(memberships).values()
        for decision in nodes(city, "decisions")
        if decision["decidedAt"]
    ]


def _each_city(memberships: list[Row]) -> dict[str, Row]:
    """Those of all roles, each once, by their ids."""
    return {each["city"]["id"]: each["city"] for each in memberships}


def attention(projects: list[Row], window: Window) -> list[Row]:
    """Projects at risk, off track or suspended: why, since when, what was before, what is next."""
    found = []
    for project in projects:
        if project["health"] not in ("RED", "AMBER") and project["state"] != "SUSPENDED":
            continue
        steps, late = _open(project), latest(project)
        upcoming = [each for each in steps if each is not late and not each["daysLate"]]
        following = _next(upcoming)
        found.append(
            {
                **named(project),
                "health": project["health"],
                "was": _was(project, window),
                "since": late and _since(project, late),
                "behind": is_behind(project),
                "suspended": project["state"] == "SUSPENDED",
                "reason": short(project["stateReason"] or "", REASON_MOST),
                "reported": project["reportedHealth"],
                "late": late and _step(late, window),
                "late_days": late["daysLate"] if late else 0,
                "next": following and _step(following, window),
            }
        )
    return found


def latest(project: Row) -> Row | None:
    """The milestone that is most days late, if any is."""
    late = max(_open(project), key=lambda each: each["daysLate"], default=None)
    return late if late and late["daysLate"] else None


def is_behind(project: Row) -> bool:
    """Whether its colour is that of an indicator which is behind its target."""
    return bool(project["healthReason"] == "OUTCOMES")


def _open(project: Row) -> list[Row]:
    return [each for each in nodes(project, "milestones") if each["state"] not in SETTLED]


def _since(project: Row, late: Row) -> date | None:
    """The day on which the milestone's delay turned the project to its colour; None where it was
    the outcomes."""
    if project["scheduleHealth"] != project["health"]:
        return None
    tolerated = {"RED": project["redDays"], "AMBER": project["amberDays"]}.get(project["health"])
    if tolerated is None:
        return None
    return date.fromisoformat(late["dueOn"]) + timedelta(days=tolerated + 1)


def _was(project: Row, window: Window) -> str | None:
    """The schedule's colour when the period began, by the due dates of then; None when it is the
    present one, when the project had not begun, or when its colour is not the schedule's."""
    if project["scheduleHealth"] != project["health"] or any(
        each["verb"] == "start" for each in _told(project, "project")
    ):
        return None
    then = window.day(window.from_)
    due = {
        each["subjectId"]: each["before"]["dueOn"] for each in _told(project, "milestone", "move")
    }
    accepted = {each["subjectId"] for each in _told(project, "milestone", "accept")}
    # Newest first: the last one read tells of before the period.
    done = {each["subjectId"]: each["before"].get("completedOn")
            for each in _told(project, "milestone", "submit", "return")}  # fmt: skip
    late = max(
        (
            _days(
                str(due.get(row_number(each), each["dueOn"])),
                done.get(row_number(each), each["completedOn"]) or then.isoformat(),
            )
            for each in nodes(project, "milestones")
            if each["state"] not in SETTLED or row_number(each) in accepted
        ),
        default=0,
    )
    was = ("RED" if late > project["redDays"] else
           "AMBER" if late > project["amberDays"] else "GREEN")  # fmt: skip
    return None if was == project["health"] else was


def _told(project: Row, subject_type: str, *verbs: str) -> list[Row]:
    """What happened in the period to the project or to its milestones, the newest first."""
    return [
        each
        for each in nodes(project, "events")
        if each["subjectType"] == subject_type and (not verbs or each["verb"] in verbs)
    ]


def _days(from_: str, to: str) -> int:
    return (date.fromisoformat(to) - date.fromisoformat(from_)).days


def _next(steps: Iterable[Row]) -> Row | None:
    """Which of the milestones is to be done first."""
    open_ = (each for each in steps if each["state"] not in DONE)
    return min(open_, key=lambda each: each["dueOn"], default=None)


def achieved(projects: list[Row], window: Window) -> list[Row]:
    """Milestones accepted and steps taken in the period, by the day on which they were, each with
    what comes next."""
    found = []
    for project in projects:
        # Newest first: the last one written is the acceptance that counts.
        accepted = {
            each["subjectId"]: window.day(each["at"])
            for each in reversed(_told(project, "milestone", "accept"))
        }
        steps = nodes(project, "milestones")
        following = _next(steps)
        common = {**named(project), "next": following and _step(following, window)}
        found += [
            {**common, "what": step["verb"], "on": window.day(step["at"])}
            for step in _told(project, "project")[:1]  # the newest says it all
        ]
        found += [
            {**common, "what": "accept", **_step(each, window), "on": on}
            for each in steps
            if (on := accepted.get(row_number(each))) and each["state"] == "ACCEPTED"
        ]
    return found


def upcoming(projects: list[Row], window: Window) -> list[Row]:
    first, last = window.today.isoformat(), (window.today + timedelta(AHEAD_DAYS)).isoformat()
    return [
        {**named(project), **_step(each, window)}
        for project in projects
        for each in nodes(project, "milestones")
        if each["state"] not in DONE and first <= each["dueOn"] <= last
    ]


def readings(project: Row, window: Window) -> list[Row]:
    """Approved figures of a project."""
    return [
        {
            **named(project),
            **reading(indicator),
            "type": result["type"],
            "new": window.holds(indicator["latestValue"]["approvedAt"]),
        }
        for result in nodes(project, "results")
        for indicator in nodes(result, "indicators")
        if indicator["latestValue"] and indicator["latestValue"]["value"] is not None
    ]


def slipped(projects: list[Row]) -> list[Row]:
    """Milestones that have another due date than when the period began."""
    found = []
    for project in projects:
        # Newest first: the last one read tells the date from before the period.
        was = {
            each["subjectId"]: each["before"]["dueOn"]
            for each in _told(project, "milestone", "move")
        }
        for each in nodes(project, "milestones"):
            old, new = was.get(row_number(each)), each["dueOn"]
            if old and old < new:
                days = _days(old, new)
                found.append(
                    {**named(project), "milestone": each["title"], "was": old, "due_on": new,
                     "moves": each["moves"], "days": days,
                     "reason": short(each["moveReason"] or "", REASON_MOST)}
                )  # fmt: skip
    return found


def missing(projects: list[Row], window: Window) -> list[Row]:
    """Projects that nobody has said anything about for a month, and indicators with a value that is
    overdue: the `values`."""
    found = []
    for project in projects:
        updated = datetime.fromisoformat(project["updatedAt"])
        silent = updated < window.now - timedelta(SILENT_DAYS)
        values = [each["title"] for each in nodes(project, "missing")]
        if silent or values:
            since = window.day(updated) if silent else None
            found.append({**named(project), "silent_since": since, "values": values})
    return found


def reading(indicator: Row) -> Row:
    value, period = indicator["latestValue"] or {}, indicator["latestPeriod"] or {}
    return {
        "indicator": indicator["title"],
        "qualitative": indicator["measure"] == "QUALITATIVE",
        "unit": indicator["unit"],
        "baseline": indicator["baselineValue"],
        "actual": value.get("value"),
        "narrative": value.get("narrative"),
        "target": period.get("targetValue"),
        "as_of": value.get("asOf"),
        "disputed": bool(value.get("disputed")),
        "achievement": indicator["achievement"],
    }


def _step(milestone: Row, window: Window) -> Row:
    return {
        "milestone": milestone["title"],
        "due_on": milestone["dueOn"],
        "owner": city_name(milestone["city"], window.reader),
    }


def named(project: Row) -> Row:
    return {"code": project["code"], "title": project["title"]}


def city_name(city: Row | None, reader: Reader) -> str:
    """As the reader calls it, or a dash for none."""
    return reader.place(city) if city else "–"


def cities(project: Row, reader: Reader) -> str:
    """Both cities of a joint project, the donor first."""
    donor, recipient = project["donorCity"], project["recipientCity"]
    return reader.towards(city_name(donor, reader), city_name(recipient, reader))


def row_number(node: Row) -> int:
    """The row number in a global id such as Milestone:12, by which events name their subject."""
    return int(str(node["id"]).rpartition(":")[2])


def nodes(parent: Row, connection: str) -> list[Row]:
    found: list[Row] = (parent.get(connection) or {}).get("nodes", [])
    return found


def short(text: str, most: int) -> str:
    """The text in one line, cut off with a mark after so many characters."""
    begun = text[: 2 * most]  # the rest of a long one is not even looked at
    line = " ".join(begun.split())
    whole = len(begun) == len(text) and len(line) <= most
    return line if whole else f"{line[:most].rstrip()}…"
