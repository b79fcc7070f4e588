"""Aggregates: figures over the rows of a declared type, for all of them or group by group.

    Aggregate(
        name="Portfolio",
        over="Project",
        sources={"milestones": Source("Milestone", on="{c}.project = {t}.id")},
        fields={
            "count": Figure(INT, "count(*)", "Projects."),
            "milestones": Block("MilestoneCounts", "…", {
                "planned": Figure(INT, "count(*) FILTER (WHERE {c}.state = 'planned')", "…",
                                  source="milestones"),
            }),
        },
        keys={"STATE": Key(…)},
    )

Figures are SQL aggregates over the filtered, visible rows `{t}`, or over the rows `{c}` of a
source that is joined to them. What shares a source is computed in one pass over it; a source
that nothing was asked of is not joined.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tracker.graphql.planner.kinds import INT, Kind


@dataclass(frozen=True)
class Source:
    """Rows joined to each row `{t}`: those of the declared type `target`, as `{c}`, that the
    viewer may see and for which `on` holds; then `joins`, which may name arguments as `{name}`
    and all filtered rows, without keys, as the relation `{rows}`.
    Without a target, `joins` alone, or nothing but the rows themselves.

    `past` is a SELECT of the target's rows as they once were, each with the span of time `since`
    (included) and `until` (not) for which it stood so. A source without one is known for the
    present only, unless it is `timeless`. With `after`, a day and a time zone in SQL, rows count
    only once that day is over there; never when it is null.
    """

    target: str = ""
    on: str = ""
    joins: str = ""
    past: str = ""
    timeless: bool = False
    after: tuple[str, str] | None = None


@dataclass(frozen=True)
class Figure:
    """One SQL aggregate. One that is never null counts, so it is 0 where there are no rows; those
    without a source and those of sources with a past all count, so that they can be added up. One
    that counts rows `{t}` `once`, however many of their rows `{c}` there are, is
    `count(DISTINCT {t}.id)`."""

    kind: Kind
    sql: str
    description: str
    null: bool = False
    source: str = ""
    once: bool = False


def counted(condition: str, description: str, source: str = "", what: str = "*") -> Figure:
    """How many rows, or what of them, there are for which the condition holds."""
    return Figure(INT, f"count({what}) FILTER (WHERE {condition})", description, source=source)


@dataclass(frozen=True)
class Part:
    """What a listing has one entry for: an SQL expression to group by."""

    kind: Kind
    sql: str
    description: str
    null: bool = False


@dataclass(frozen=True)
class Kept:
    """What each row `{t}` keeps of a listing by one part: its figure `sum` for the first few
    values of the part, as `pairs` of value and sum, and for any others as one JSON object, `more`.
    Nothing of it counts of rows for which `seen` does not hold."""

    sum: str
    pairs: tuple[tuple[str, str], ...]
    more: str
    seen: str


@dataclass(frozen=True)
class Listing:
    """A list with an entry for each combination of `parts`, in their order, with its figures: the
    first `most` of them, or all where there are few by nature. Of such a one, by a single part,
    rows may keep their share. Where all parts are columns of one row for each combination, `by` is
    what rows of the source name it by, and `named` joins it for the `{by}` of an entry, once all
    are added up: a number is grouped by sooner than texts."""

    name: str
    description: str
    source: str
    parts: Mapping[str, Part]
    figures: Mapping[str, Figure]
    having: str = "true"
    most: int | None = 1000
    kept: Kept | None = None
    by: str = ""
    named: str = ""


@dataclass(frozen=True)
class Argument:
    """A required argument of a block. `check` gives the value to bind, or raises GraphQLError."""

    kind: Kind
    description: str
    check: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True)
class Block:
    """An object of figures, listings and blocks. Its arguments reach the SQL below it."""

    name: str
    description: str
    fields: Mapping[str, "Figure | Listing | Block"]
    arguments: Mapping[str, Argument] = field(default_factory=dict)


@dataclass(frozen=True)
class Label:
    """What people call a key's value: text as SQL over the value `{k}`, null where nothing does."""

    name: str
    sql: str
    description: str


@dataclass(frozen=True)
class Key:
    """Something to group by: an SQL expression over `{t}` and what `joins` adds. A key with a
    `target` is the number of a row of that declared type, and shown as that row. Joins that keys
    share are written once. A key that is `several` may put a row into more than one group; of an
    array, into that of `each` of its elements. One that is known for the `present` only is refused
    for the past; beside its value a group may show a `label`."""

    name: str
    sql: str
    description: str
    kind: Kind | None = None
    target: str = ""
    joins: tuple[str, ...] = ()
    several: bool = False
    present: bool = False
    label: Label | None = None
    each: bool = False


@dataclass(frozen=True)
class Aggregate:
    """A query field with figures over the rows of `over` that fit its `filter` argument; over all,
    if it is not `filtered`, so that no two answers differ by what one row says. With `past`, a
    SELECT as in `Source` of all of the table's columns, it takes a date, and another field gives
    the figures that have a past as a time series."""

    name: str
    over: str
    description: str
    sources: Mapping[str, Source]
    fields: Mapping[str, Figure | Listing | Block]
    keys: Mapping[str, Key]
    past: str = ""
    filtered: bool = True

    def has_past(self, each: Figure | Listing | Block) -> bool:
        """Whether the figures are known for the past too."""
        if isinstance(each, Block):
            return all(map(self.has_past, each.fields.values()))
        source = self.sources[each.source] if each.source else Source(timeless=True)
        return source.timeless or bool(source.past)
