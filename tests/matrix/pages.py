"""docs/who-sees-what.md, made of the classification for people to read."""

from collections.abc import Iterator
from pathlib import Path

from tests.matrix.classified import ROUTE, Type, read, types

PAGE = Path(__file__).parents[2] / "docs" / "who-sees-what.md"

HEAD = """\
# Who sees what, and who does what

This page is made from `tests/matrix/classification.toml` (`python -m tests.matrix`). The
authorisation matrix holds the product against it: every field, for every role, of one's own, a
partner and a foreign city, through every way in (`make conformance ARGS=matrix`).

What somebody may not see does not exist for them: it is not found, not counted, no condition finds
it and no order shows it. A field whose row one sees but which is not for oneself is null.
"""


def text() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_audiences(), *_types(), *_figures(), *_mutations(), *_routes(), ""])


def _audiences() -> Iterator[str]:
    yield "## Audiences\n"
    yield from _table(("audience", "who"), [(_words(a), t) for a, t in read()["audiences"].items()])


def _types() -> Iterator[str]:
    yield "\n## Rows and fields\n"
    yield "“Whoever sees the row” is said of fields that are no narrower than their type.\n"
    for name, each in types().items():
        yield f"### {name}\n"
        yield f"Rows: **{_words(each.rows)}**. {read()['audiences'][each.rows]}\n"
        yield from _table(("fields", "seen by"), _by_audience(each))
        yield from (f"\n`{field}`: {note}" for field, note in each.notes.items())
        yield ""


def _by_audience(each: Type) -> list[tuple[str, str]]:
    grouped: dict[str, list[str]] = {}
    for field, audience in each.fields.items():
        grouped.setdefault(audience, []).append(f"`{field}`")
    return [
        (" ".join(fields), "whoever sees the row" if a == "all" else f"**{_words(a)}**")
        for a, fields in grouped.items()
    ]


def _figures() -> Iterator[str]:
    yield "## Figures\n"
    yield "Counted over the rows that their reader may see, so these differ from reader to reader."
    yield "Nothing in them names a row.\n"
    rows = [(f"`{n}`", " ".join(f"`{f}`" for f in t.split())) for n, t in read()["figures"].items()]
    yield from _table(("type", "fields"), rows)


def _mutations() -> Iterator[str]:
    yield "\n## Who does what\n"
    who = read()["doers"]
    yield from _table(
        ("mutations", "done by"),
        [(" ".join(f"`{m}`" for m in t.split()), who[d]) for d, t in read()["mutations"].items()],
    )


def _routes() -> Iterator[str]:
    yield "\n## Addresses\n"
    who = read()["doors"]
    yield from _table(
        ("addresses", "answered to"),
        [
            ("<br>".join(f"`{each}`" for each in ROUTE.findall(listed)), who[door])
            for door, listed in read()["routes"].items()
        ],
    )


def _table(head: tuple[str, str], rows: list[tuple[str, str]]) -> Iterator[str]:
    yield f"| {head[0]} | {head[1]} |"
    yield "|---|---|"
    yield from (f"| {left} | {right} |" for left, right in rows)


def _words(name: str) -> str:
    return name.replace("_", " ")
