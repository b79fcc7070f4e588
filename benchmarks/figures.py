"""From rounds to figures: medians, ratios, and the bars that they are held to."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from statistics import median
from typing import Any

from benchmarks.load import Round

Cell = tuple[str, int, str]
"""(operation, clients, competitor)"""

BARS: dict[str, tuple[str, float]] = {
    "graphql.portfolio.c1.vs_postgraphile": (">=", 2.8),
    "graphql.portfolio.c16.vs_postgraphile": (">=", 4),
    "graphql.portfolio.c1.vs_sql": (">=", 0.95),
    "graphql.portfolio.c16.vs_sql": (">=", 0.95),
    "graphql.project.c1.vs_postgraphile": (">=", 2),
    "graphql.project.c16.vs_postgraphile": (">=", 2.5),
    "graphql.project.c1.vs_sql": (">=", 0.95),
    "graphql.project.c16.vs_sql": (">=", 0.95),
    "graphql.aggregate.c1.vs_postgraphile": (">=", 2.5),
    "graphql.aggregate.c16.vs_postgraphile": (">=", 3),
    "graphql.aggregate.c1.vs_sql": (">=", 0.95),
    "graphql.aggregate.c16.vs_sql": (">=", 0.95),
    "graphql.update.c1.vs_postgraphile": (">=", 0.8),
    "graphql.update.c16.vs_postgraphile": (">=", 0.8),
    "graphql.update.c1.vs_postgraphile_settings": (">=", 1.4),
    "graphql.update.c16.vs_postgraphile_settings": (">=", 1.4),
    "graphql.health.c1.vs_sql": (">=", 0.95),
    "graphql.health.c16.vs_sql": (">=", 0.95),
    "graphql.rollup.c1.vs_sql": (">=", 0.95),
    "graphql.rollup.c16.vs_sql": (">=", 0.95),
    "graphql.portfolio.cached.c16.vs_postgraphile": (">=", 25),
    "graphql.aggregate.cached.c16.vs_postgraphile": (">=", 25),
    "graphql.portfolio.growth_1k_100k": ("<=", 1.5),
    "graphql.health.growth_1k_100k": ("<=", 1.5),
    "graphql.first_answer_ms": ("<=", 10),
    "web.rss_mb": ("<=", 150),
    "audit.verify_vs_copy": (">=", 0.6),
    "digests.vs_plain": (">=", 2),
    "digests.rss_mb": ("<=", 250),
}
"""Figure -> the side and the value of its bar."""

NAMES = {
    "postgraphile": "vs_postgraphile",
    "postgraphile_settings": "vs_postgraphile_settings",
    "postgraphile_function": "vs_postgraphile_function",
    "written": "vs_sql",
    "strawberry": "vs_strawberry",
}


@dataclass(frozen=True)
class Verdict:
    """Whether a figure is on the right side of its bar."""

    name: str
    value: float
    side: str
    bar: float

    @property
    def met(self) -> bool:
        """Whether it is."""
        return self.value >= self.bar if self.side == ">=" else self.value <= self.bar

    def __str__(self) -> str:
        return (
            f"{'met    ' if self.met else 'NOT MET'} {self.name} {_short(self.value)}"
            f" (bar {self.side} {_short(self.bar)})"
        )


def medians(rounds: Iterable[Round]) -> dict[str, float]:
    """Each measure's median over the rounds."""
    found = [asdict(each) for each in rounds]
    return {each.name: median(one[each.name] for one in found) for each in fields(Round)}


def ratios(cells: Mapping[Cell, dict[str, float]]) -> dict[str, float]:
    """`graphql.OPERATION.cN.vs_…`: how many times the other's rate the tracker serves."""
    made = {}
    for (operation, clients, name), measured in cells.items():
        ours = cells.get((operation, clients, "tracker"))
        if name in NAMES and ours:
            figure = f"graphql.{operation}.c{clients}.{NAMES[name]}"
            made[figure] = ours["rate"] / measured["rate"]
    return made


def verdicts(figures: Mapping[str, float]) -> list[Verdict]:
    """One for each bar whose figure was measured."""
    return [Verdict(name, figures[name], *bar) for name, bar in BARS.items() if name in figures]


def profile(cells: Mapping[Cell, dict[str, float]]) -> list[str]:
    """A line for each cell: rate, latency, and where processor time went."""
    return [
        f"{operation:10} c{clients:<3}{name:22}{m['rate']:9.0f}/s  p50 {m['p50']:8.2f} ms"
        f"  p99 {m['p99']:8.2f} ms  cpu a request: server {m['server_cpu']:7.3f} ms"
        f"  postgres {m['postgres_cpu']:7.3f} ms  {m['bytes'] / 1024:7.1f} kB"
        for (operation, clients, name), m in cells.items()
    ]


def as_json(cells: Mapping[Cell, dict[str, float]], figures: Mapping[str, float]) -> dict[str, Any]:
    """Everything that was measured."""
    return {
        "figures": dict(figures),
        "bars": [asdict(each) | {"met": each.met} for each in verdicts(figures)],
        "cells": [
            {"operation": operation, "clients": clients, "competitor": name, **measured}
            for (operation, clients, name), measured in cells.items()
        ],
    }


def row(name: str, value: float) -> str:
    """`name: value`."""
    return f"{name}: {_short(value)}"


def _short(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
