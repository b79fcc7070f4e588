"""The Strawberry types of a union: its connection, edges, snippet pieces and enum of members."""

from typing import TYPE_CHECKING, Any

from strawberry.types.field import StrawberryField
from strawberry.types.union import StrawberryUnion

from tracker.graphql.planner import enums, search
from tracker.graphql.planner.kinds import constant
from tracker.graphql.planner.pages import DEFAULT_SIZE, MOST
from tracker.graphql.planner.statement import TYPE_KEY
from tracker.graphql.planner.union import PIECE, RANKED_MOST, Union

if TYPE_CHECKING:
    from tracker.graphql.planner.types import TypeBuilder


class RowUnion(StrawberryUnion):
    """A union of rows, which say themselves what they are."""

    def get_type_resolver(self, type_map: Any) -> Any:
        """The name of the type that the planner wrote into the row."""
        return lambda row, info, kind: str(row[TYPE_KEY])


def add(builder: "TypeBuilder", union: Union) -> None:
    """Make the types of one union."""
    name = union.name
    members = tuple(builder.annotation(member) for member in union.members)
    builder.names[name] = RowUnion(
        name=name, type_annotations=members, description=union.description
    )
    _pieces(builder)
    builder.type(
        f"{name}Edge",
        [
            builder._field("cursor", "str", "Opaque position; pass it as after or before."),
            builder._field("node", name, "What was found."),
            builder._field("rank", "float", "How well it fits: above 0, below 1, best first."),
            builder._field(
                "snippet", f"list[{PIECE}]", "The text round what was found, in pieces."
            ),
        ],
        f"A {name} at its place in a connection.",
    )
    builder.type(
        f"{name}Connection",
        [
            builder._field("nodes", f"list[{name}]", "What was found, on this page."),
            builder._field("edges", f"list[{name}Edge]", "The same with cursors and snippets."),
            builder._field("pageInfo", "PageInfo", "Where this page begins and ends."),
            builder._field("totalCount", "int", "All that was found, whatever the page."),
        ],
        f"A page of {name}, the best first; of each type the newest {RANKED_MOST:,} are ranked.",
    )


def root(builder: "TypeBuilder", name: str, union: Union, fetch: Any) -> StrawberryField:
    """The root field that searches."""
    declared = builder.registry.declarations
    words = {constant(name): declared[name].description for name in union.members}
    enums.shown(union.kind.annotation, "What is searched.", words)
    types = builder._named(union.kind)
    field = builder._field(name, f"{union.name}Connection", union.description)
    arguments = (
        (
            "query",
            "str",
            f'Words that must all be there, "a phrase", -without, or; at most {search.TEXT_MOST}'
            " characters.",
        ),
        ("types", f"Optional[list[{types}]]", "Only these types; all unless given."),
        ("first", "Optional[int]", f"From the front; {DEFAULT_SIZE} unless given, at most {MOST}."),
        ("after", "Optional[str]", "Only what comes behind this cursor."),
        ("last", "Optional[int]", f"From the end instead, at most {MOST}."),
        ("before", "Optional[str]", "Only what comes in front of this cursor."),
    )
    field.arguments = [builder._argument(*each) for each in arguments]
    field.fetch = fetch
    return field


def _pieces(builder: "TypeBuilder") -> None:
    if PIECE in builder.names:
        return
    fields = [
        builder._field("text", "str", "The piece as plain text: escape it like any other."),
        builder._field("matched", "bool", "Whether it is what was searched for."),
    ]
    builder.type(PIECE, fields, "A piece of a text; put together they are the text.")
