"""`python -m tracker.graphql.compatibility [--check | --release]`: what the schema breaks for
clients of the last release, and whether the CHANGELOG says so."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graphql import GraphQLSchema, build_schema, find_breaking_changes, find_dangerous_changes

from tracker.graphql import snapshot

RELEASED = Path(__file__).with_name("schema.released.graphql")
CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"

MEMBER = re.compile(r"@?\w+\.\w+(?:\(\w+:\))?|@\w+(?:\(\w+:\))?")
"""A schema coordinate other than a type's name, as graphql-core's descriptions hold it."""


@dataclass(frozen=True)
class Change:
    """A difference to the released schema, and the coordinate by which the CHANGELOG names it."""

    coordinate: str
    description: str


def breaking(released: GraphQLSchema, now: GraphQLSchema) -> list[Change]:
    """What a client of the released schema may stumble over."""
    return _changes(find_breaking_changes(released, now), released)


def dangerous(released: GraphQLSchema, now: GraphQLSchema) -> list[Change]:
    """What a careful client takes in its stride, such as a new value of an enum."""
    return _changes(find_dangerous_changes(released, now), released)


def unannounced(changes: list[Change], changelog: str) -> list[Change]:
    """The changes whose coordinate stands under no "Breaking" heading of Unreleased, as `code`."""
    announced = set(re.findall(r"`([^`]+)`", _section(changelog)))
    return [change for change in changes if change.coordinate not in announced]


def main(arguments: list[str]) -> int:
    """Say what changed; with --check, 1 when the CHANGELOG misses something; with --release,
    make the present schema the released one."""
    if arguments == ["--release"]:
        RELEASED.write_text(snapshot.FILE.read_text(encoding="utf-8"), encoding="utf-8")
        return 0
    released, now = _read(RELEASED), _read(snapshot.FILE)
    for change in dangerous(released, now):
        print(f"Dangerous, only for information: {change.description}")
    found = breaking(released, now)
    for change in found:
        print(f"Breaking: {change.description}")
    missing = unannounced(found, CHANGELOG.read_text(encoding="utf-8"))
    if missing and arguments == ["--check"]:
        print(told(missing), file=sys.stderr)
        return 1
    return 0


def told(missing: list[Change]) -> str:
    """What to write into the CHANGELOG."""
    lines = [f"- `{change.coordinate}`: {change.description} Say what to use instead."
             for change in missing]  # fmt: skip
    return "\n".join(
        [
            "This breaks clients of the released schema. Take it back, or write into CHANGELOG.md"
            ' under "## Unreleased":',
            "### Breaking",
            *lines,
        ]
    )


def _changes(found: Sequence[object], released: GraphQLSchema) -> list[Change]:
    texts = sorted({str(getattr(each, "description", each)) for each in found})
    return [Change(_coordinate(text, released), text) for text in texts]


def _coordinate(description: str, released: GraphQLSchema) -> str:
    member = MEMBER.search(description)
    if member:
        return member[0]
    words: list[str] = re.findall(r"\w+", description)
    return next(word for word in words if word in released.type_map)


def _section(changelog: str) -> str:
    """The text under "Breaking" of what is not released yet."""
    unreleased = re.search(r"^## Unreleased$(.*?)(?=^## |\Z)", changelog, re.M | re.S)
    found = re.search(
        r"^### Breaking$(.*?)(?=^### |\Z)", unreleased[1] if unreleased else "", re.M | re.S
    )
    return str(found[1]) if found else ""


def _read(path: Path) -> GraphQLSchema:
    return build_schema(path.read_text(encoding="utf-8"), assume_valid=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
