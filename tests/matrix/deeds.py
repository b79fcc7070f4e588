"""Who may do what to which row, worked out from the tables' rows and the classification alone: no
rule of the product's takes part."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.matrix.classified import read
from tests.matrix.sight import sees
from tests.matrix.world import Row, World
from tracker.domain import clock
from tracker.domain.actor import Actor, Role

PLANNERS = {Role.COORDINATOR, Role.CIO}
JUDGES = {Role.COORDINATOR, Role.APPROVER, Role.CIO}
OFFICERS = {Role.OFFICER, Role.ADMINISTRATOR}

NAMED = {"cityId": "City", "projectId": "Project", "personId": "Person", "resultId": "Result",
         "indicatorId": "Indicator", "periodId": "Period", "evidenceId": "Evidence",
         "definitionId": "IndicatorDefinition", "milestoneId": "Milestone",
         "budgetLineId": "BudgetLine", "donorCityId": "City",
         "recipientCityId": "City", "statusReportId": "StatusReport",
         "subjectId": "Project"}  # fmt: skip
"""Argument -> the type of the row that it names; `id` is of the mutation's own."""


@dataclass(frozen=True)
class Deed:
    """A mutation on certain rows: `ids` are the numbers behind the arguments that name them."""

    world: World
    viewer: Actor
    mutation: str
    node: str
    ids: Mapping[str, int]

    @property
    def rows(self) -> list[tuple[str, int]]:
        """(type, number) of every row that it names."""
        return [(NAMED.get(name, self.node), number) for name, number in self.ids.items()]

    @property
    def row(self) -> Row:
        """The first of them."""
        kind, number = self.rows[0]
        return self.world.rows[kind][number]

    @property
    def project(self) -> Row | None:
        """The project that it is about, if it is about one."""
        kind, number = self.rows[0]
        return self.world.rows["Project"].get(
            number if kind == "Project" else self.row.get("project") or 0
        )

    @property
    def partners(self) -> set[int]:
        """The project's cities."""
        return self.world.partners[self.project["id"]] if self.project else set()

    @property
    def cities(self) -> set[int]:
        """The cities in whose name it would be done."""
        named = {number for kind, number in self.rows if kind == "City"}
        return named or {self.row["city"]}

    def holds(self, roles: set[Role], cities: set[int]) -> bool:
        """Whether the viewer holds one of the roles in one of the cities."""
        return any(role in roles and city in cities for role, city in self.viewer.memberships)

    @property
    def affiliated(self) -> set[int]:
        """The cities in which the person holds any role, whatever the token leaves of them."""
        return {c for p, c, _ in self.world.members if p == self.viewer.person_id}

    def made(self, *verbs: str, person: int | None = None) -> bool:
        """Whether the viewer, or another person, is an author of the row, or of the project, by
        the trail."""
        who = person or self.viewer.person_id
        kind = self.node.lower() if self.node in ("Milestone", "Value") else "project"
        number = self.row["id"] if kind != "project" else (self.project or self.row)["id"]
        return any(
            event["verb"] in verbs and who in (event["actor"], event["on_behalf_of"])
            for event in self.world.events.get((kind, number), ())
        )


def may(deed: Deed) -> bool:
    """Whether the classification lets the viewer do it to rows that they see."""
    if not all(sees(deed.world, deed.viewer, kind, number) for kind, number in deed.rows):
        return False
    return DOERS[doer(deed.mutation)](deed)


@cache
def doer(mutation: str) -> str:
    """The kind of people who do it."""
    found: str
    [found] = [d for d, listed in read()["mutations"].items() if mutation in listed.split()]
    return found


def _administrator(deed: Deed) -> bool:
    return (Role.ADMINISTRATOR, None) in deed.viewer.memberships


def _officer(deed: Deed) -> bool:
    return (
        any((role, None) in deed.viewer.memberships for role in OFFICERS)
        and not deed.affiliated & deed.partners
        and not deed.made("propose", "edit", "submit")
    )


def _manager(deed: Deed) -> bool:
    return _administrator(deed) or deed.holds({Role.CITY_ADMINISTRATOR}, deed.cities - {None})


def _own(deed: Deed) -> bool:
    person: Any = deed.row["id"] if deed.rows[0][0] == "Person" else deed.row["person"]
    return deed.viewer.person_id is not None and deed.viewer.person_id == person


def _partner(deed: Deed) -> bool:
    return deed.holds(PLANNERS, deed.partners)


def _owner(deed: Deed) -> bool:
    # Until the plan is agreed, the city that writes it plans for all.
    early = deed.node == "Milestone" and deed.project and not deed.project["agreed_at"]
    lead = {deed.project["lead_city"]} if early and deed.project else set()
    return deed.holds(PLANNERS, (deed.cities & deed.partners) | lead)


def _judge(deed: Deed) -> bool:
    made = deed.made("submit", "report", "revise", "correct", "attach", "attach_file")
    others = deed.partners - deed.cities
    able = deed.holds(JUDGES, others) or any(
        (role, None) in deed.viewer.memberships for role in OFFICERS
    )
    return able and not made and not deed.affiliated & deed.cities


def _confirmer(deed: Deed) -> bool:
    made = deed.made("draft", "redraft", "submit", "report", "revise", "correct")
    others = deed.partners - deed.cities
    return deed.holds(JUDGES, others) and not made and not deed.affiliated & deed.cities


PROPOSING = ("propose", "edit", "submit")


def _answerer(deed: Deed) -> bool:
    giving = {"donor", "co_donor"}
    sides = {
        row["city"]: row["side"] in giving
        for row in deed.world.rows["Participation"].values()
        if deed.project and row["project"] == deed.project["id"]
    }
    beside = {city for city, side in sides.items() if side == sides[deed.row["city"]]}
    asked = {deed.row["decider"]} if deed.row["decider"] else set(sides) - beside
    proposed = deed.viewer.person_id == deed.row["proposed_by"]
    return deed.holds(JUDGES, asked) and not proposed and not deed.affiliated & beside


def _decider(deed: Deed) -> bool:
    raised = any(
        event["subject_type"] == "decision" and event["subject_id"] == deed.row["id"]
        and event["verb"] in ("escalate", "ask_waiver")
        and deed.viewer.person_id in (event["actor"], event["on_behalf_of"])
        for event in deed.world.rows["AuditEvent"].values()
    )  # fmt: skip
    return not raised and (_officer(deed) if deed.row["role"] == "officer" else _mayor(deed))


def _mayor(deed: Deed) -> bool:
    if deed.row["kind"] != "escalate" and deed.made(*PROPOSING):
        return False
    return deed.holds({Role.MAYOR}, deed.cities) or any(
        _lets(deed, row) for row in deed.world.rows["Delegation"].values()
    )


def _lets(deed: Deed, delegation: Row) -> bool:
    """Whether the delegation lets the viewer decide: today, as the city's chief information
    officer, for somebody who is its mayor, and on nothing that the mayor proposed."""
    city, mayor = delegation["city"], delegation["mayor"]
    today = delegation["starts_at"] <= clock.now() < delegation["expires_at"]
    return (
        delegation["deputy"] == deed.viewer.person_id
        and city in deed.cities
        and delegation["ended_at"] is None
        and today
        and deed.holds({Role.CIO}, {city})
        and (mayor, city, Role.MAYOR.value) in deed.world.members
        and (deed.row["kind"] == "escalate" or not deed.made(*PROPOSING, person=mayor))
    )


def _delegation_end(deed: Deed) -> bool:
    own = deed.viewer.person_id in (deed.row["mayor"], deed.row["deputy"])
    return own or _manager(deed)


def _comments(deed: Deed) -> bool:
    office = any((role, None) in deed.viewer.memberships for role in OFFICERS)
    return office or any(city in deed.partners for _, city in deed.viewer.memberships)


DOERS: Mapping[str, Callable[[Deed], bool]] = {
    "administrator": _administrator,
    "manager": _manager,
    "leaver": lambda deed: _own(deed) or _manager(deed),
    "own": lambda deed: _own(deed),
    "own_or_administrator": lambda deed: _own(deed) or _administrator(deed),
    "commenter": _comments,
    "comment_author": lambda deed: deed.viewer.person_id == deed.row["author"] and _comments(deed),
    "comment_withdrawer": lambda deed: (
        deed.viewer.person_id == deed.row["author"]
        or any((role, None) in deed.viewer.memberships for role in OFFICERS)
    ),
    "author": lambda deed: deed.holds(JUDGES, deed.cities),
    "proposer": lambda deed: deed.holds(PLANNERS, deed.cities),
    "lead": lambda deed: deed.holds(
        PLANNERS, {deed.project["lead_city"]} if deed.project else set()
    ),
    "officer": _officer,
    "partner": _partner,
    "partner_or_officer": lambda deed: _partner(deed) or _officer(deed),
    "mayor_or_officer": lambda deed: deed.holds({Role.MAYOR}, deed.partners) or _officer(deed),
    "owner": _owner,
    "planner": lambda deed: deed.holds(PLANNERS, deed.cities),
    "answerer": _answerer,
    "judge": _judge,
    "confirmer": _confirmer,
    "librarian": lambda deed: any((r, None) in deed.viewer.memberships for r in OFFICERS),
    "decider": _decider,
    "delegator": lambda deed: deed.holds({Role.MAYOR}, deed.cities),
    "delegate": _delegation_end,
}
