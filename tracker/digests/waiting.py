"""What waits for the reader or for a city of theirs: the part of the digest below the decisions."""

from collections.abc import Iterator
from typing import Any

from tracker.digests.parts import Row, Window, cities, city_name, named, nodes, row_number, short
from tracker.domain.plan_changes.rules import across

REASON_MOST = 80
"""Characters of a reason that stand for what is proposed."""


def waiting(data: Row, window: Window) -> list[Row]:
    """Everything once, each with its page, and the day by which or since which it waits."""
    return [
        *_changes(data, window),
        *_proposals(data, window),
        *_milestones(data, window),
        *_values(data, window),
        *_reports(data, window),
        *_risks(data),
    ]


def _changes(data: Row, window: Window) -> Iterator[Row]:
    """Plan changes that a city of the reader's is to answer, whoever does that there."""
    places = [each["city"] for each in nodes(data["viewer"], "memberships") if each["city"]]
    mine = {row_number(city) for city in places}
    for each in nodes(data, "toAnswer"):
        project = each["project"]
        sides = {
            row_number(part["city"]): part["side"].lower()
            for part in nodes(project, "participations")
        }
        decider = each["decider"]
        answering = across(sides, row_number(each["city"]))
        if mine & ({row_number(decider)} if decider else answering):
            yield _entry(
                "plan_change", each, "/plan-changes",
                name=short(each["reason"], REASON_MOST),
                city=city_name(each["city"], window.reader),
                since=window.day(each["createdAt"]),
            )  # fmt: skip


def _reports(data: Row, window: Window) -> Iterator[Row]:
    day, whole = window.reader.day, window.reader.whole
    for each in nodes(data, "toPublish"):
        yield _entry(
            "status_report", each, "/reports",
            name=whole(f"{day(each['startsOn'])} – {day(each['endsOn'])}"),
            city=city_name(each["city"], window.reader),
            due_on=each["dueOn"], overdue=each["overdue"],
        )  # fmt: skip


def _proposals(data: Row, window: Window) -> Iterator[Row]:
    """Those that the secretariat is to review."""
    for each in nodes(data, "toReview"):
        yield _entry(
            "proposal", {**each, "project": each}, "/projects",
            name=cities(each, window.reader), since=window.day(each["submittedAt"]),
            address=f"/projects/{each['code']}",
        )  # fmt: skip


def _milestones(data: Row, window: Window) -> Iterator[Row]:
    for each in nodes(data, "toAccept"):
        yield _entry(
            "milestone", each, "/milestones",
            name=each["title"], city=city_name(each["city"], window.reader),
            due_on=each["dueOn"], overdue=each["daysLate"] > 0,
        )  # fmt: skip


def _values(data: Row, window: Window) -> Iterator[Row]:
    for what, asked in (("value", "toApprove"), ("returned_value", "toRevise")):
        for each in nodes(data, asked):
            yield _entry(
                what, each, "/values",
                name=each["period"]["indicator"]["title"],
                city=city_name(each["city"], window.reader), since=window.day(each["createdAt"]),
            )  # fmt: skip


def _risks(data: Row) -> Iterator[Row]:
    for each in nodes(data, "toAssess"):
        yield _entry(
            "risk", each, "/risks",
            name=each["title"], due_on=each["reviewOn"], overdue=each["daysOverdue"] > 0,
        )  # fmt: skip


def _entry(what: str, row: Row, pages: str, **said: Any) -> Row:
    """`due_on` is the day by which it is due, `since` the one since which it waits."""
    blank: Row = {"city": "", "due_on": None, "since": None, "overdue": False}
    blank["address"] = f"{pages}/{row_number(row)}"
    return {**blank, **named(row["project"]), **said, "what": what}


def by_day(each: Row) -> str:
    """The oldest first."""
    return str(each["due_on"] or each["since"])
