"""What every role may do: the one list that all rules ask, by way of `Actor.may`.

A role held in a city counts in that city only, one held in the secretariat in every city. What
else a rule wants to know, such as which side of a project a city is on, who handed something in
or what state it is in, stands beside the rule. `docs/roles.md` is this module as a page.
"""

from collections.abc import Iterable, Mapping

from tracker.domain.meaning import Meaning


class Role(Meaning):
    """What a membership lets a person do, in a city or in the secretariat."""

    COORDINATOR = (
        "coordinator",
        "Plans for a city: proposes projects, carries milestones and reports values.",
    )
    APPROVER = (
        "approver",
        "Judges for a city what its partners submit; writes its practices and requests.",
    )
    MAYOR = (
        "mayor",
        "Decides for a city: endorses proposals and signs agreements. Reads the digest.",
    )
    CIO = (
        "cio",
        "Heads a city's information technology; may do what a coordinator may, and decide while"
        " the mayor lets them.",
    )
    CITY_ADMINISTRATOR = (
        "city_administrator",
        "Looks after a city's people: invites them, ends their memberships, hands their work over.",
    )
    OFFICER = (
        "officer",
        "Reviews proposals and values for the secretariat, save those of their own city.",
    )
    ADMINISTRATOR = (
        "administrator",
        "Does what an officer does, and looks after people, cities and keys.",
    )
    AUDITOR = "auditor", "Sees what the secretariat sees and changes nothing."

    @property
    def words(self) -> str:
        """The role in a sentence."""
        known = {"cio": "chief information officer"}
        return known.get(self.value, self.value.replace("_", " "))


SECRETARIAT = frozenset({Role.OFFICER, Role.ADMINISTRATOR, Role.AUDITOR})
"""Roles held in the secretariat; every other role is held in a city."""


class Permission(Meaning):
    """Something that a role lets a person do, in the city or cities that the role reaches."""

    SEE_CITY = "see_city", "Read the city's drafts, and what the partners keep among themselves."
    SEE_PORTFOLIO = "see_portfolio", "Read all that was ever submitted, of every city, and people."
    READ_METRICS = "read_metrics", "Read the tracker's own counters."
    COMMENT = (
        "comment",
        "Comment on projects that the city takes part in and on what is in them, and mention"
        " people who see them.",
    )
    WRITE = "write", "Write the city's practices and requests."
    PLAN = (
        "plan",
        "Propose projects, lead and run those that the city drafted or takes part in, plan their"
        " milestones, results and budgets.",
    )
    REPORT = "report", "Hand in the city's milestones, evidence, values, health and evaluation."
    JUDGE = (
        "judge",
        "Accept or return the milestones and values of another partner city; never one's own or"
        " one's own city's.",
    )
    AGREE = (
        "agree",
        "Accept or refuse, for the city, a change of an agreed plan that the other side proposes.",
    )
    DECIDE = (
        "decide",
        "Endorse proposals, sign agreements, and have projects hidden from the public or shown"
        " again, for the city; may be delegated.",
    )
    CANCEL = "cancel", "Cancel a project that the city takes part in, with a reason."
    DELEGATE = "delegate", "Let the city's chief information officer decide for a period."
    REVIEW = (
        "review",
        "Review, return, reject, agree, close and reopen projects, hide them from the public,"
        " waive values, lock and re-open periods, suspend, resume and cancel; none of a city in"
        " which one holds a role, and none that one proposed. Look after the indicator library.",
    )
    MANAGE_MEMBERS = (
        "manage_members",
        "Invite people to roles in the city, and end memberships there.",
    )
    MANAGE_PEOPLE = (
        "manage_people",
        "Add people, grant any role, and look after anybody's profile, keys, digest and data.",
    )
    OPERATE = (
        "operate",
        "Send a mail once more, settle one that is in doubt, let mails go to an address again.",
    )
    IMPORT = "import", "Import cities and exchange rates."


P = Permission

_CITY = frozenset({P.SEE_CITY, P.COMMENT})
_COORDINATOR = _CITY | {P.WRITE, P.PLAN, P.REPORT, P.JUDGE, P.AGREE}
_OFFICER = frozenset({P.SEE_PORTFOLIO, P.READ_METRICS, P.COMMENT, P.JUDGE, P.REVIEW})

ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.COORDINATOR: _COORDINATOR,
    Role.APPROVER: _CITY | {P.WRITE, P.JUDGE, P.AGREE},
    Role.MAYOR: _CITY | {P.DECIDE, P.CANCEL, P.DELEGATE},
    Role.CIO: _COORDINATOR,
    Role.CITY_ADMINISTRATOR: _CITY | {P.MANAGE_MEMBERS},
    Role.OFFICER: _OFFICER,
    Role.ADMINISTRATOR: _OFFICER | {P.MANAGE_MEMBERS, P.MANAGE_PEOPLE, P.OPERATE, P.IMPORT},
    Role.AUDITOR: frozenset({P.SEE_PORTFOLIO}),
}
"""Role -> what it permits. The public holds no role and may do nothing but read what is public."""

SYSTEM_MAY = ROLES[Role.ADMINISTRATOR]
"""What timetable jobs, migrations and imports at the command line may do."""

DELEGABLE = frozenset({P.DECIDE})
"""What a mayor may let the chief information officer do in their place."""


DEPUTY = Role.CIO
"""Who may be let to do that."""


def roles_with(permission: Permission) -> list[Role]:
    """The roles that permit something by themselves, in the order of `Role`."""
    return [role for role in Role if permission in ROLES[role]]


DECIDING = (*roles_with(P.DECIDE), DEPUTY)
"""Roles of those who settle decisions, and hear how a project ended."""


def in_sql(roles: Iterable[Role]) -> str:
    """Roles as a list in SQL."""
    names = ", ".join(f"'{role.value}'" for role in roles)
    return f"({names})"


def permits(role: Role, held_in: int | None, permission: Permission, city_id: int | None) -> bool:
    """Whether a role, held in the city `held_in` or in the secretariat, permits something in the
    city `city_id` or, where that is None, everywhere."""
    return permission in ROLES[role] and held_in in (None, city_id)
