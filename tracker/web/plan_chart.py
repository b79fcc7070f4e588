"""The history of a plan as a drawing: where on a common scale each due date stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tracker.locale import Reader

MARGIN = 4
"""Per cent of the width at both ends, so that marks are whole."""

TICKS_MOST = 6


@dataclass(frozen=True)
class Scale:
    """Days as per cent of the width, from the reader's side on which lines begin."""

    first: date
    last: date
    mirrored: bool

    def at(self, day: date) -> float:
        """Where the day stands."""
        share = (day - self.first).days / max(1, (self.last - self.first).days)
        place = round(MARGIN + share * (100 - 2 * MARGIN), 2)
        return round(100 - place, 2) if self.mirrored else place


@dataclass(frozen=True)
class Mark:
    """A due date, or the day on which the milestone was done: its `kind` is baseline, moved, now
    or done."""

    kind: str
    at: float
    day: str


def drawn(reader: Reader, project: Mapping[str, Any]) -> dict[str, Any]:
    """Rows with their marks, ticks of the scale and today's place; no rows where nothing is
    agreed. Of the answer to `plans/show.graphql`."""
    milestones = [each for each in project["milestones"]["nodes"] if each["planHistory"]["nodes"]]
    if not milestones:
        return {"rows": [], "ticks": [], "today": None}
    days = [day for each in milestones for day in _days(each)]
    today = date.fromisoformat(project["today"])
    scale = Scale(min(days), max(days), reader.direction == "rtl")
    shown = scale.first <= today <= scale.last
    return {
        "rows": [_row(each, scale) for each in milestones],
        "ticks": [(scale.at(day), reader.month(day)) for day in _ticks(scale)],
        "today": scale.at(today) if shown else None,
    }


def _days(milestone: Mapping[str, Any]) -> list[date]:
    dates = [each["dueOn"] for each in milestone["planHistory"]["nodes"]]
    done = [milestone["completedOn"]] if milestone["completedOn"] else []
    return [date.fromisoformat(day) for day in (*dates, *done)]


def _row(milestone: Mapping[str, Any], scale: Scale) -> dict[str, Any]:
    dates = [each["dueOn"] for each in milestone["planHistory"]["nodes"]]
    kinds = ["baseline", *["moved"] * (len(dates) - 2), "now"] if len(dates) > 1 else ["now"]
    marks = [
        Mark(kind, scale.at(date.fromisoformat(day)), day)
        for kind, day in zip(kinds, dates, strict=True)
    ]
    if milestone["completedOn"]:
        done = date.fromisoformat(milestone["completedOn"])
        marks.append(Mark("done", scale.at(done), milestone["completedOn"]))
    return {"milestone": milestone, "marks": marks, "from": marks[0].at, "dates": dates}


def _ticks(scale: Scale) -> Sequence[date]:
    """First days of months, so many months apart that there is room for their names."""
    found = [
        date(year, month, 1)
        for year in range(scale.first.year, scale.last.year + 1)
        for month in range(1, 13)
        if scale.first <= date(year, month, 1) <= scale.last + timedelta(days=1)
    ]
    step = next(each for each in (1, 2, 3, 6, 12, 24, 60, 1200) if len(found) <= each * TICKS_MOST)
    return [day for day in found if (day.year * 12 + day.month - 1) % step == 0]
