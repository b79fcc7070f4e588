"""The Strawberry types of an aggregate: its figures, its groups, and what to group by."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from tracker.graphql.planner import enums
from tracker.graphql.planner.aggregate import Aggregate, Block, Figure, Listing, Part
from tracker.graphql.planner.instants import INTERVALS, POINTS_MOST, Interval

if TYPE_CHECKING:
    from tracker.graphql.planner.types import TypeBuilder

Fields = Mapping[str, Figure | Listing | Block]

DEFAULT_GROUPS, GROUPS_MOST = 100, 5000
"""Groups of an answer when nobody says, and at most."""


class GroupOrder(StrEnum):
    """The order of groups."""

    LARGEST = "largest"
    KEYS = "keys"


class AggregateTypes:
    """Makes the types of one aggregate."""

    def __init__(self, builder: "TypeBuilder", aggregate: Aggregate) -> None:
        self.builder = builder
        self.aggregate = aggregate

    def make(self) -> None:
        """All of them, under the aggregate's name."""
        name, plural = self.aggregate.name, self._plural()
        self._key_enum()
        self._order_enum()
        fields = self._fields(self.aggregate.fields)
        groups = self.builder._field("groups", f"{name}Groups", (
            f"The same figures for the {plural} with the same keys.{self._overlaps()}"
        ))  # fmt: skip
        groups.arguments = [
            self.builder._argument("by", f"list[{name}Key]", "What to group by, in this order."),
            self.builder._argument(
                "first",
                "Optional[int]",
                f"Groups at most; {DEFAULT_GROUPS} unless given, {GROUPS_MOST} at most.",
            ),
            self.builder._argument(
                "orderBy", "Optional[GroupOrder]", "The largest first unless given; then by keys."
            ),
        ]
        self.builder.type(name, [*fields, groups], self.aggregate.description)
        self._group_types(plural)

        if self.aggregate.past:
            self._point_type(plural)

    def root_arguments(self) -> list[StrawberryArgument]:
        """Of the aggregate's own field."""
        argument = self.builder._argument
        found = []
        if self.aggregate.filtered:
            kind = f"Optional[{self.aggregate.over}Filter]"
            found = [argument("filter", kind, "Only what fits.")]
        if self.aggregate.past:
            day = "As it was at the end of this day, by UTC, from the audit trail."
            found += [
                argument("on", "Optional[Date]", day),
                argument("asOf", "Optional[DateTime]", "As it was at this instant."),
            ]
        return found

    def history_arguments(self) -> list[StrawberryArgument]:
        """Of the field that gives a time series."""
        argument = self.builder._argument
        every = f"How far apart; MONTH unless given, {POINTS_MOST} points at most."
        return [
            argument("filter", f"Optional[{self.aggregate.over}Filter]", "Only what fits."),
            argument("from", "Date", "The first day."),
            argument("to", "Date", "The last day, which is the last point; today at the latest."),
            argument("every", "Optional[Interval]", every),
        ]

    def _point_type(self, plural: str) -> None:
        fields = {
            k: each for k, each in self.aggregate.fields.items() if self.aggregate.has_past(each)
        }
        on = self.builder._field("on", "Date", "The day at whose end, by UTC, it stood so.")
        on.read = date.fromisoformat
        self.builder.type(
            f"{self.aggregate.name}Point",
            [on, *self._fields(fields)],
            f"Figures for the {plural} as they were on a day, from the audit trail: those that"
            " you may see now, from when you could first see them.",
        )
        if "Interval" not in self.builder.names:
            words = {each.name: text for each, text in INTERVALS.items()}
            enums.shown(Interval, "How far points in time lie apart.", words)
            self.builder.names |= {"Interval": Interval, "Date": date, "DateTime": datetime}

    def _overlaps(self) -> str:
        if not any(key.several for key in self.aggregate.keys.values()):
            return ""
        return (
            " What has several themes, goals or sectors counts in the group of each, so groups do"
            " not add up to the whole."
        )

    def _plural(self) -> str:
        return self.builder.registry.declarations[self.aggregate.over].plural

    def _group_types(self, plural: str) -> None:
        name = self.aggregate.name
        keys = []
        for key in self.aggregate.keys.values():
            kind = key.target or (self.builder._named(key.kind) if key.kind else "str")
            made = self.builder._field(key.name, f"Optional[{kind}]", key.description)
            made.read = key.kind.read if key.kind else None
            keys.append(made)
            if key.label:
                keys.append(
                    self.builder._field(key.label.name, "Optional[str]", key.label.description)
                )
        self.builder.type(
            f"{name}GroupKeys", keys, "What a group has in common; null where nothing, and for"
            " what was not grouped by.",
        )  # fmt: skip
        self.builder.type(
            f"{name}Group",
            [
                self.builder._field("keys", f"{name}GroupKeys", "What the group has in common."),
                *self._fields(self.aggregate.fields),
            ],
            f"Figures for the {plural} that have their keys in common.",
        )
        self.builder.type(
            f"{name}Groups",
            [
                self.builder._field("nodes", f"list[{name}Group]", "The groups."),
                self.builder._field("totalCount", "int", "Groups in all, whatever `first` says."),
                self.builder._field("truncated", "bool", "Whether there are more than `first`."),
            ],
            f"Groups of {plural}.",
        )

    def _key_enum(self) -> None:
        name = f"{self.aggregate.name}Key"
        made = Enum(name, {each: each for each in self.aggregate.keys})  # type: ignore[misc]
        words = {name: key.description for name, key in self.aggregate.keys.items()}
        enums.shown(made, f"What {self._plural()} can be grouped by.", words)
        self.builder.names[name] = made

    def _order_enum(self) -> None:
        if "GroupOrder" not in self.builder.names:
            words = {"LARGEST": "By their rows, the most first.", "KEYS": "By their keys in turn."}
            enums.shown(GroupOrder, "The order of groups.", words)
            self.builder.names["GroupOrder"] = GroupOrder

    def _fields(self, fields: Fields) -> list[StrawberryField]:
        return [self._field(name, each) for name, each in fields.items()]

    def _field(self, name: str, each: Figure | Listing | Block) -> StrawberryField:
        if isinstance(each, Figure):
            return self._scalar(name, each)
        if isinstance(each, Listing):
            self._once(each.name, {**each.parts, **each.figures}, each.description)
            return self.builder._field(name, f"list[{each.name}]", each.description)
        self._once(each.name, each.fields, each.description)
        made = self.builder._field(name, each.name, each.description)
        made.arguments = [
            self.builder._argument(key, self.builder._named(argument.kind), argument.description)
            for key, argument in each.arguments.items()
        ]
        return made

    def _once(
        self, name: str, fields: Mapping[str, "Figure | Listing | Block | Part"], description: str
    ) -> None:
        """The type of a block or an entry, which the whole and its groups share."""
        if name not in self.builder.names:
            self.builder.names[name] = None  # being made
            made = [
                self._scalar(key, each) if isinstance(each, Part) else self._field(key, each)
                for key, each in fields.items()
            ]
            self.builder.type(name, made, description)

    def _scalar(self, name: str, each: Figure | Part) -> StrawberryField:
        kind = self.builder._named(each.kind)
        made = self.builder._field(
            name, f"Optional[{kind}]" if each.null else kind, each.description
        )
        made.read = each.kind.read
        return made
