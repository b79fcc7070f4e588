"""Checks each page's document and each example against the schema.

    python -m tracker.web.documents --check

prints `file:line: what is wrong` for each mistake and exits 1, or exits 0.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from graphql import GraphQLError, parse, validate

from tracker.graphql import graphql_schema
from tracker.web.explorer import EXAMPLES
from tracker.web.templates import FRAGMENTS, TEMPLATES, document_of

ROOT = Path(__file__).parents[2]


def mistakes() -> Iterator[str]:
    """One line for each mistake in any document."""
    for path in sorted(TEMPLATES.rglob("*.graphql")):
        name = path.relative_to(TEMPLATES).with_suffix("").as_posix()
        if name not in FRAGMENTS.values():  # a fragment, checked with each page
            yield from wrong(path, document_of(name))
    for path in sorted(EXAMPLES.glob("*.graphql")):
        yield from wrong(path, path.read_text(encoding="utf-8"))


def wrong(path: Path, document: str) -> Iterator[str]:
    """One line for each mistake in the document of a file."""
    for error in _errors(document):
        line = error.locations[0].line if error.locations else 1
        yield f"{path.relative_to(ROOT)}:{line}: {error.message}"


def _errors(document: str) -> list[GraphQLError]:
    try:
        return validate(graphql_schema, parse(document))
    except GraphQLError as error:
        return [error]


def main(arguments: list[str] | None = None) -> int:
    """Print what is wrong; 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", required=True)
    parser.parse_args(arguments)
    found = list(mistakes())
    print("\n".join(found) or "Every document fits the schema.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
