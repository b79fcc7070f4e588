"""The figures of an aggregate at many instants, for the price of little more than one.

A row that stood the same for a year counts at twelve ends of months. Instead of twelve rows it is
one, with the first point that it counts at and the one after its last; rows with the same two are
counted together, and only these counts are given to each of their points.
"""

from typing import TYPE_CHECKING

from graphql import FieldNode

from tracker.graphql.planner.aggregate import Figure
from tracker.graphql.planner.passes import USED, Bound, Level, Pass
from tracker.graphql.planner.statement import Text, where

if TYPE_CHECKING:
    from tracker.graphql.planner.figures import FiguresText


def stood(select: str, past: str, alias: str, instants: str) -> str:
    """The `select` from a SELECT of the past, with the points (from 1 on) at which a row stood so:
    from `low` until before `high`. Where the two are equal, it was between two points."""

    def point(at: str) -> str:
        return f"1+width_bucket({alias}.{at} - interval '1 microsecond',{instants})"

    return (
        f"{select}, {point('since')} AS low, {point('until')} AS high FROM ({past}) {alias}"
        f" WHERE {alias}.since <= ({instants})[cardinality({instants})]"
        f" AND {alias}.until > ({instants})[1]"
    )


class Points(Level):
    """The passes of a time series, each with a row for each of its points."""

    def __init__(self, figures: "FiguresText") -> None:
        super().__init__(figures, ())
        self.instants = figures.at
        self._once: dict[str, Pass] = {}

    def listed(self, nodes: list[FieldNode]) -> str:
        """The SQL text expression of the list of points, the empty ones included."""
        aggregate = self.figures.aggregate
        text = Text()
        self.object(text, self.compiler.type(f"{aggregate.name}Point"), nodes, aggregate.fields, {})
        passes = [each for each in self._passes.values() if each.columns or each.name in self._once]
        return (
            f"(SELECT '['||coalesce(string_agg({text},',' ORDER BY x.n),'')||']'"
            f" FROM unnest({self.instants}) WITH ORDINALITY x (at, n)"
            f"{''.join(map(self._sql, passes))})"
        )

    def _figure(self, text: Text, figure: Figure, bound: Bound) -> None:
        made = self._pass(figure.source, bound)
        if figure.once:
            self._once[made.name] = made
            column = f"{made.name}o.f0"
        else:
            column = made.column(self._placed(figure.sql, bound))
        text.scalar(figure.kind, f"coalesce({column},0)", figure.null)

    def _sql(self, each: Pass) -> str:
        """Joins one pass: counts of what has its points in common, and their sums at each point."""
        if each.name not in self._once:
            return self._summed(each.name, f"{self._counts(each, '')} GROUP BY 1, 2", each.columns)
        by_row = self.figures.shared(f"{self._counts(each, ', t.id')} GROUP BY 1, 2, t.id")
        sums = "".join(f", sum(f{i}) AS f{i}" for i in range(len(each.columns)))
        together = f"SELECT low, high{sums} FROM {by_row} GROUP BY 1, 2"
        # A row with several others at a point counts once there: their points are united.
        once = (
            "SELECT lower(r) AS low, upper(r) AS high, count(*) AS f0"
            f" FROM (SELECT unnest(range_agg(int4range(low,high))) AS r FROM {by_row}"
            " GROUP BY id) s GROUP BY 1, 2"
        )
        joined = self._summed(each.name, together, each.columns) if each.columns else ""
        return joined + self._summed(f"{each.name}o", once, ["once"])

    def _summed(self, name: str, counts: str, columns: list[str]) -> str:
        sums = ", ".join(f"sum(s.f{i})::bigint AS f{i}" for i in range(len(columns)))
        return (
            f" LEFT JOIN (SELECT x.n, {sums} FROM ({counts}) s JOIN generate_series(1,"
            f"cardinality({self.instants})) x (n) ON s.low <= x.n AND x.n < s.high"
            f" GROUP BY x.n) {name} ON {name}.n = x.n"
        )

    def _counts(self, each: Pass, more: str) -> str:
        """From which point, and until before which, what is joined counts, and how much it is."""
        columns = "".join(f", {sql} AS f{i}" for i, sql in enumerate(each.columns))
        lows, highs, begun, joins = ["t.low"], ["t.high"], [], self._joined(each)
        if each.source.past:
            lows.append("c.low")
            highs.append("c.high")
        if each.source.after:
            day, zone = (self._placed(sql, each.bound) for sql in each.source.after)
            joins += f" CROSS JOIN LATERAL ({self._days(zone)}) z"
            lows.append(f"1+width_bucket({day},z.days)")
            begun.append(f"{day} IS NOT NULL")
        low, high = f"greatest({','.join(lows)})", f"least({','.join(highs)})"
        return (
            f"SELECT {low} AS low, {high} AS high{more}{columns} FROM {self.rows} t{joins}"
            f"{where([*begun, f'{low} < {high}'])}"
        )

    def _days(self, zone: str) -> str:
        """The civil dates of the points in a time zone."""
        return (
            f"SELECT array_agg((x.at AT TIME ZONE {zone})::date ORDER BY x.at) AS days"
            f" FROM unnest({self.instants}) x (at)"
        )

    def _past(self, past: str) -> str:
        return stood(f"SELECT {USED}", past, "c", self.instants)
