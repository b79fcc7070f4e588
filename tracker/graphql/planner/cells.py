"""Groups by way of cells: rows that have their keys and the kept values of a listing's part in
common are added up first, so that few are left to be taken apart.

A listing of budgets by currency joins no line, because each project keeps what it has in each
currency (`Kept`). Projects of one group that have the same currencies are a cell; its counts and
sums are plain ones, in the one pass over the rows that counts them too. An array that is grouped
by is a key of the cell as it is, and opened afterwards.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracker.graphql.planner.aggregate import Kept, Listing

if TYPE_CHECKING:
    from tracker.graphql.planner.passes import Level


def holds(listing: Listing, columns: Sequence[str]) -> bool:
    """Whether what is kept of the listing has all these figures of it."""
    return listing.kept is not None and set(columns) <= {listing.kept.sum.format(c="c")}


class Cells:
    """The pass over the rows themselves together with a kept listing."""

    def __init__(self, level: "Level", listing: Listing, body: str) -> None:
        assert listing.kept is not None
        self.level = level
        self.kept: Kept = listing.kept
        self.body = body

    def sql(self) -> str:
        """The subselect: keys, the base's counts, and the listing's text as `listed`."""
        base, keys = self.level.base, self._keys("e")
        counts = [f"coalesce(sum(e.n{i}),0)::bigint AS f{i}" for i in range(len(base.columns))]
        # Whoever may not see it gets no part of it, so nothing is listed.
        body = f"CASE WHEN e.p0 IS NOT NULL THEN {self.body} END"
        listed = f"string_agg({body},',' ORDER BY e.p0) AS listed"
        grouped = f" GROUP BY {', '.join(keys)}" if keys else ""
        shown = ", ".join([*keys, *counts, listed])
        return f"(SELECT {shown} FROM ({self._entries()}) e{grouped}) {base.name}"

    def _entries(self) -> str:
        """One for each group and part; what cannot be seen is under no part."""
        keys, counts = self._keys("t"), range(len(self.level.base.columns))
        sums = "".join(f", sum(x.n{i}) AS n{i}" for i in counts)
        pairs = range(len(self.kept.pairs))
        shares = [
            self._share(f"t.p{n}", f"t.s{n}", [f"t.n{i}" if n == 0 else "0" for i in counts])
            for n in pairs
        ]
        more = self._share("m.key", "m.value::numeric * t.rows", ["0" for _ in counts])
        names = ", ".join(["p0", "s0", *(f"n{i}" for i in counts)])
        return (
            f"SELECT {', '.join([*keys, 'x.p0'])}, sum(x.s0) AS f0{sums} FROM ({self._opened()}) t"
            f" CROSS JOIN LATERAL (SELECT {' UNION ALL SELECT '.join(shares)} UNION ALL"
            f" SELECT {more} FROM jsonb_each_text(t.more) m) x ({names})"
            f" GROUP BY {', '.join([*keys, 'x.p0'])}"
        )

    def _share(self, part: str, amount: str, counts: list[str]) -> str:
        return ", ".join([f"CASE WHEN t.seen THEN {part} END", amount, *counts])

    def _opened(self) -> str:
        """The cells, with the arrays among their keys taken apart."""
        counts = [f"t.n{i}" for i in range(len(self.level.base.columns))]
        shares = [f"t.{name}{i}" for i in range(len(self.kept.pairs)) for name in "ps"]
        return self.level.opened(
            self._cells(), ", ".join(["t.seen", "t.more", "t.rows", *shares, *counts])
        )

    def _cells(self) -> str:
        """Rows that have everything in common that tells them apart, added up."""
        placed, pairs = self.level.placed, self.kept.pairs
        apart = [f"{key.sql} AS k{i}" for i, key in enumerate(self.level.keys)]
        apart += [f"{placed(self.kept.seen)} AS seen", f"{placed(self.kept.more)} AS more"]
        apart += [f"{placed(part)} AS p{i}" for i, (part, _) in enumerate(pairs)]
        added = [f"sum({placed(amount)}) AS s{i}" for i, (_, amount) in enumerate(pairs)]
        added += [f"{sql} AS n{i}" for i, sql in enumerate(self.level.base.columns)]
        grouped = ", ".join(str(number + 1) for number in range(len(apart)))
        shown = ", ".join([*apart, *added, "count(*) AS rows"])
        return f"SELECT {shown} FROM {self.level.joined_keys()} GROUP BY {grouped}"

    def _keys(self, alias: str) -> list[str]:
        return [f"{alias}.k{i}" for i in range(len(self.level.keys))]
