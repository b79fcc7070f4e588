"""`python -m tracker.graphql.retired`: deprecations whose day has passed."""

import sys
from collections.abc import Mapping
from datetime import date

from tracker.domain import clock
from tracker.graphql.planner.deprecations import Deprecation
from tracker.graphql.registry import registry
from tracker.graphql.schema import schema

DO = 'Take it out and name it under "### Breaking" in CHANGELOG.md, or give it a later day.'


def overdue(deprecations: Mapping[str, Deprecation], today: date) -> list[str]:
    """What each of those says that were served up to a day before `today`."""
    return [
        f"{coordinate} was to be served until {each.until}. {DO}"
        for coordinate, each in deprecations.items()
        if each.until < today
    ]


def main(deprecations: Mapping[str, Deprecation], today: date) -> int:
    """1 when there are any."""
    found = overdue(deprecations, today)
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    assert schema  # made of all declarations
    sys.exit(main(registry.deprecations, clock.today("UTC")))
