"""Who sees a row and a field, worked out from the tables' rows and the classification alone: no
predicate of the product's takes part."""

from collections.abc import Callable
from functools import cache
from typing import Any

import orjson

from tests.matrix.classified import types
from tests.matrix.world import Row, World
from tracker.domain.actor import Actor, Role

Audience = Callable[[World, Actor, Row], bool]

SECRETARIAT = {Role.OFFICER, Role.ADMINISTRATOR, Role.AUDITOR}


CREDENTIALS = {"session", "api_token", "sign_in_link", "half_sign_in", "password", "second_factor",
               "sign_on_identity"}  # fmt: skip
"""Kinds of what opens accounts."""


def sees(world: World, viewer: Actor, kind: str, number: int) -> bool:
    """Whether the viewer sees the row."""
    row = world.rows[kind].get(number)
    return row is not None and AUDIENCES[types()[kind].rows](world, viewer, row)


def shows(world: World, viewer: Actor, kind: str, number: int, field: str) -> bool:
    """Whether the viewer sees that field of a row."""
    if not sees(world, viewer, kind, number):
        return False
    audience = types()[kind].fields[field]
    return audience == "all" or AUDIENCES[audience](world, viewer, world.rows[kind][number])


def seen(world: World, viewer: Actor, kind: str) -> list[int]:
    """The numbers of the rows of a type that the viewer sees."""
    return [number for number in world.rows[kind] if sees(world, viewer, kind, number)]


def _cities(viewer: Actor) -> set[int]:
    return {city for _, city in viewer.memberships if city is not None}


def _secretariat(viewer: Actor) -> bool:
    return any(role in SECRETARIAT for role, _ in viewer.memberships)


def _project(world: World, row: Row) -> tuple[int, Row]:
    number: Any = row["project"] if "project" in row else row["id"]
    return number, world.rows["Project"][number]


def _sees_project(world: World, viewer: Actor, row: Row) -> bool:
    number, project = _project(world, row)
    if project["agreed_at"] and not project["confidential"]:
        return True
    if project["submitted_at"]:
        return _secretariat(viewer) or bool(_cities(viewer) & world.partners[number])
    return project["lead_city"] in _cities(viewer)


def _partner(world: World, viewer: Actor, row: Row) -> bool:
    number, _ = _project(world, row)
    return _secretariat(viewer) or bool(_cities(viewer) & world.partners[number])


def _inside(world: World, viewer: Actor, row: Row) -> bool:
    return _sees_project(world, viewer, row) and _partner(world, viewer, row)


def _value(world: World, viewer: Actor, row: Row) -> bool:
    if row["state"] in ("approved", "superseded"):
        return _sees_project(world, viewer, row)
    own = row["state"] != "draft" or row["city"] in _cities(viewer)
    return own and _inside(world, viewer, row)


def _value_part(world: World, viewer: Actor, row: Row) -> bool:
    return _value(world, viewer, world.rows["Value"][row["whole"]])


def _evidence(world: World, viewer: Actor, row: Row) -> bool:
    shown = world.rows["Value"].get(row["value"])
    drafted = shown is not None and shown["state"] == "draft"
    own = shown is None or not drafted or shown["city"] in _cities(viewer)
    return own and _inside(world, viewer, row)


def _evaluation(world: World, viewer: Actor, row: Row) -> bool:
    if row["city"] in _cities(viewer):
        return True
    return _inside(world, viewer, row) and _all_told(world, row["project"])


def _all_told(world: World, project: int) -> bool:
    told = {
        e["city"] for e in world.rows["Evaluation"].values()
        if e["project"] == project and e["submitted_at"]
    }  # fmt: skip
    return told >= world.partners[project]


def _lesson(world: World, viewer: Actor, row: Row) -> bool:
    if sees(world, viewer, "Evaluation", row["evaluation"]):
        return True
    _, project = _project(world, row)
    said = world.rows["Evaluation"][row["evaluation"]]["submitted_at"]
    return bool(said) and project["state"] == "closed" and _sees_project(world, viewer, row)


def _report(world: World, viewer: Actor, row: Row) -> bool:
    if row["state"] == "published":
        return _sees_project(world, viewer, row)
    return _inside(world, viewer, row)


def _report_told(world: World, viewer: Actor, row: Row) -> bool:
    return row["state"] == "published" or row["city"] in _cities(viewer)


def _report_inside(world: World, viewer: Actor, row: Row) -> bool:
    return row["city"] in _cities(viewer) or _report_frozen(world, viewer, row)


def _report_frozen(world: World, viewer: Actor, row: Row) -> bool:
    return row["state"] == "published" and _partner(world, viewer, row)


def _comment(world: World, viewer: Actor, row: Row) -> bool:
    kind = {"value": "Value", "evidence": "Evidence", "status_report": "StatusReport",
            "evaluation": "Evaluation"}.get(row["subject_type"])  # fmt: skip
    about = world.rows[kind][row["subject_id"]] if kind else row
    told = kind != "StatusReport" or _report_told(world, viewer, about)
    return (
        told
        and _inside(world, viewer, row)
        and (not kind or sees(world, viewer, kind, about["id"]))
    )


def _comment_standing(world: World, viewer: Actor, row: Row) -> bool:
    return row["withdrawn_at"] is None


def _mention(world: World, viewer: Actor, row: Row) -> bool:
    comment = world.rows["Comment"][row["comment"]]
    return _comment(world, viewer, comment) and _comment_standing(world, viewer, comment)


def _practice(world: World, viewer: Actor, row: Row) -> bool:
    return row["state"] != "draft" or row["city"] in _cities(viewer)


def _for_all(viewer: Actor) -> bool:
    """Whether the viewer's token, if they came by one, is not for one city alone."""
    return viewer.limit is None or viewer.limit.city_id is None


def _in_full(viewer: Actor) -> bool:
    """Whether nothing of the viewer's rights is left out."""
    return _for_all(viewer) and not (viewer.limit and viewer.limit.read_only)


def _own(world: World, viewer: Actor, row: Row) -> bool:
    mine = viewer.person_id is not None and viewer.person_id in (row["persons"] or {row["id"]})
    return mine and _for_all(viewer)


def _contact(world: World, viewer: Actor, row: Row) -> bool:
    theirs = {city for person, city, _ in world.members if person == row["id"]}
    return row["id"] == viewer.person_id or _secretariat(viewer) or bool(theirs & _cities(viewer))


def _looked_after(world: World, viewer: Actor, row: Row) -> bool:
    theirs = {city for person, city, _ in world.members if person == row["id"]}
    administered = {city for role, city in viewer.memberships if role is Role.CITY_ADMINISTRATOR}
    return _own(world, viewer, row) or _secretariat(viewer) or bool(theirs & administered)


def _city_administrators(world: World, viewer: Actor, row: Row) -> bool:
    held = (Role.CITY_ADMINISTRATOR, row["city"]) in viewer.memberships
    return _secretariat(viewer) or held


def _trail(world: World, viewer: Actor, row: Row) -> bool:
    own = row["actor"] is not None and row["actor"] == viewer.person_id and _for_all(viewer)
    if row["project"] is None:
        allowed = own or _secretariat(viewer) or _of_people(world, viewer, row)
    else:
        allowed = (own and _sees_project(world, viewer, row)) or _inside(world, viewer, row)
    if row["subject_type"] in CREDENTIALS and not _in_full(viewer):
        return False
    if (row["subject_type"], row["verb"]) in RECEIVING and row["actor"] != viewer.person_id:
        return False
    if row["subject_type"] == "comment":
        comment = world.rows["Comment"][row["subject_id"]]
        stands = _comment_standing(world, viewer, comment) or row["verb"] == "withdraw"
        allowed = allowed and stands and _comment(world, viewer, comment)
    kind = {"evaluation": "Evaluation", "practice": "Practice"}.get(row["subject_type"])
    if (row["subject_type"], row["verb"]) == ("status_report", "edit"):
        report = world.rows["StatusReport"][row["subject_id"]]
        allowed = allowed and report["city"] in _cities(viewer)
    return (
        allowed
        and (kind is None or sees(world, viewer, kind, row["subject_id"]))
        and (
            row["verb"] not in DRAFTING.get(row["subject_type"], ()) or _drafted(world, viewer, row)
        )
    )


RECEIVING = {("digest_issue", "open_copy"), ("digest_issue", "answer")}
"""Events of how somebody received a digest, which are their own."""

DRAFTING = {
    "value": ("draft", "redraft", "discard"),
    "evidence": ("attach_draft", "detach_draft"),
    "evaluation": ("draft",),
}
"""Kind of subject -> verbs of events about the draft of a value or an evaluation."""


def _drafted(world: World, viewer: Actor, row: Row) -> bool:
    """Whether the draft is the viewer's city's, as far as anybody can tell any more."""
    if row["subject_type"] == "evaluation":
        return world.rows["Evaluation"][row["subject_id"]]["city"] in _cities(viewer)
    told = {**orjson.loads(row["before"]), **orjson.loads(row["after"])}
    shown = world.rows["Value"].get(told.get("value") or 0, {})
    city = told.get("city") if row["subject_type"] == "value" else shown.get("city")
    return city in _cities(viewer)


def _of_people(world: World, viewer: Actor, row: Row) -> bool:
    """What was done to the viewer's account, or to people of a city that they look after."""
    subject = world.subjects.get((row["subject_type"], row["subject_id"]))
    if subject is None or viewer.person_id is None:
        return False
    administers = (Role.CITY_ADMINISTRATOR, subject["city"]) in viewer.memberships
    return (subject["person"] == viewer.person_id and _for_all(viewer)) or administers


@cache
def _audiences() -> dict[str, Audience]:
    return {
        "everybody": lambda world, viewer, row: True,
        "signed_in": lambda world, viewer, row: viewer.person_id is not None,
        "project": _sees_project,
        "inside": _inside,
        "partners": _partner,
        "value": _value,
        "value_part": _value_part,
        "evidence": _evidence,
        "evaluation": _evaluation,
        "report": _report,
        "report_told": _report_told,
        "report_inside": _report_inside,
        "report_frozen": _report_frozen,
        "comment": _comment,
        "comment_standing": _comment_standing,
        "mention": _mention,
        "lesson": _lesson,
        "practice": _practice,
        "own": _own,
        "own_unsealed": lambda w, viewer, row: _own(w, viewer, row) and not row["sealed"],
        "secretariat": lambda _, viewer, __: _secretariat(viewer),
        "own_or_secretariat": lambda w, viewer, row: _own(w, viewer, row) or _secretariat(viewer),
        "own_in_full": lambda w, viewer, row: _own(w, viewer, row) and _in_full(viewer),
        "own_or_secretariat_in_full": lambda w, viewer, row: (
            (_own(w, viewer, row) or _secretariat(viewer)) and _in_full(viewer)
        ),
        "own_city": lambda w, viewer, row: row["city"] in _cities(viewer) or _secretariat(viewer),
        "contact": _contact,
        "looked_after": _looked_after,
        "city_administrators": _city_administrators,
        "trail": _trail,
    }


AUDIENCES = _audiences()
