"""`docs/roles.md`: what every role may do, as a table that people can read.

`python -m tracker.domain.roles_page` writes it; with `--check` it only says whether it is up to
date.
"""

import sys
from pathlib import Path

from tracker.domain.roles import DELEGABLE, DEPUTY, ROLES, SECRETARIAT, Permission, Role

PAGE = Path(__file__).parents[2] / "docs" / "roles.md"

TOP = """# Roles and what they permit

Made from `tracker/domain/roles.py` by `make docs-roles`; do not edit it by hand.

A role held in a city counts in that city only; one held in the secretariat counts in every city.
The public holds no role, and reads what is published. What is said here is necessary, not always
enough: nobody approves what they made themselves, or what a city made in which they hold any role
(`tracker/domain/independence.py`), and the state of a thing decides what can be done with it.

"""


def page() -> str:
    """The page as Markdown."""
    return TOP + "\n".join([*_roles(), "", *_table(), "", *_permissions(), ""])


def main(arguments: list[str]) -> int:
    """0 when the page is up to date, or written."""
    if arguments == ["--check"]:
        if PAGE.exists() and PAGE.read_text() == page():
            return 0
        print("docs/roles.md is out of date: run `make docs-roles`.", file=sys.stderr)
        return 1
    PAGE.write_text(page())
    return 0


def _roles() -> list[str]:
    rows = [
        f"| {_name(role)} | {'the secretariat' if role in SECRETARIAT else 'a city'} |"
        f" {role.description} |"
        for role in Role
    ]
    return ["## Roles", "", "| role | held in | what it is |", "|---|---|---|", *rows]


def _table() -> list[str]:
    head = " | ".join(_name(role) for role in Role)
    rows = [
        f"| {_name(each)} | " + " | ".join(_mark(role, each) for role in Role) + " |"
        for each in Permission
    ]
    notes = "✓ in every city; city: in one's own; deputy: while the mayor delegates it."
    line = "|---|" + ":-:|" * len(Role)
    return ["## Who may do what", "", notes, "", f"| | {head} |", line, *rows]


def _permissions() -> list[str]:
    rows = [f"| {_name(each)} | {each.description} |" for each in Permission]
    return ["## What each permission means", "", "| permission | meaning |", "|---|---|", *rows]


def _mark(role: Role, permission: Permission) -> str:
    if permission in ROLES[role]:
        return "✓" if role in SECRETARIAT else "city"
    return "deputy" if role is DEPUTY and permission in DELEGABLE else ""


def _name(member: Role | Permission) -> str:
    return member.value.replace("_", " ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
