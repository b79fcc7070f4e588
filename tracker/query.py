"""A document asked from a shell, here or of another installation, and its answer as text."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from graphql import (
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    ListTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
    parse,
)

from tracker.exchange import csv, table
from tracker.exchange.rows import NotOneList, flat, lists, the_list

FORMATS = ("json", "csv", "table")
TOKEN = "TRACKER_TOKEN"  # noqa: S105 - the variable's name
SECONDS_MOST = 60
PAGES_MOST = 10_000
FULL = (20, 100)
"""Rows of a page that is full: as many as come unless asked for more, and at most."""

Ask = Callable[[dict[str, Any]], Awaitable[bytes]]
"""Variables -> the body of the answer."""


class QueryError(Exception):
    """What was asked cannot be answered: a line for each thing that is wrong."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


def variables_of(document: str, name: str | None, given: Sequence[str]) -> dict[str, Any]:
    """`name=value` pairs as variables. Numbers, booleans, lists and objects are read as JSON,
    everything else is the text itself, as the document declares them. Raises QueryError."""
    kinds = _declared(document, name)
    found, wrong = {}, []
    for pair in given:
        variable, is_there, text = pair.partition("=")
        if not is_there:
            wrong.append(f"--var {pair}: write name=value")
        elif variable not in kinds:
            known = ", ".join(f"${each}" for each in kinds) or "none"
            wrong.append(f"--var {variable}: the document declares {known}")
        else:
            try:
                found[variable] = _read(text, kinds[variable])
            except ValueError:
                wrong.append(f"--var {variable}: {text!r} is no {kinds[variable]}")
    if wrong:
        raise QueryError(*wrong)
    return found


def _declared(document: str, name: str | None) -> dict[str, str]:
    """Variable -> its type as written; none of a document that cannot be parsed, whose mistakes
    the answer names."""
    try:
        definitions = parse(document).definitions
    except GraphQLError:
        return {}
    operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
    return {
        variable.variable.name.value: _kind(variable)
        for each in operations
        if name is None or (each.name and each.name.value == name)
        for variable in each.variable_definitions or ()
    }


def _kind(variable: VariableDefinitionNode) -> str:
    kind: Any = variable.type
    if isinstance(kind, NonNullTypeNode):
        kind = kind.type
    return "list" if isinstance(kind, ListTypeNode) else str(kind.name.value)


def _read(text: str, kind: str) -> Any:
    if kind in ("Int", "Float", "Boolean", "list", "JSON") or text[:1] in ("{", "["):
        return json.loads(text)
    return text


def format_of(output: str | None, *, on_terminal: bool) -> str:
    """What nobody chose: by the file's name, else what whoever reads it can use. Raises
    QueryError for an ending that says nothing of it."""
    ending = (output or "").rpartition("/")[2].rpartition(".")[2].lower()
    if output is None:
        return "table" if on_terminal else "json"
    if ending not in ("json", "csv"):
        raise QueryError(
            f"--output {output}: end the name in .json or .csv, or choose --format "
            + ", ".join(FORMATS)
        )
    return ending


def problems(found: Mapping[str, Any]) -> list[str]:
    """A line for each problem in the payloads of mutations, as `payload.field: message`."""
    return [
        ": ".join(
            [
                ".".join(map(str, [name, *(problem.get("field") or ())])),
                " ".join(str(problem.get("message") or problem.get("code") or "refused").split()),
            ]
        )
        for name, payload in found["data"].items()
        if isinstance(payload, dict)
        for problem in payload.get("problems") or ()
    ]


async def answered(
    ask: Ask, variables: dict[str, Any], *, file: str = "", every: bool = False
) -> dict[str, Any]:
    """The whole answer; with `every`, all pages of its only connection as if they were one.

    Raises QueryError with every error of the answer, as `file:line:column: message`.
    """
    found = _checked(await ask(variables), file)
    if not every:
        return found
    name, rows = _only(found["data"], "--all follows the pages of one connection")
    page = found["data"]
    for _ in range(PAGES_MOST):
        info = _at(page, name).get("pageInfo") or {}
        if "hasNextPage" not in info or "endCursor" not in info:
            raise QueryError("--all needs pageInfo { hasNextPage endCursor } in the document")
        if not info["hasNextPage"]:
            _at(found["data"], name)["pageInfo"] = info
            return found
        page = _checked(await ask({**variables, "after": info["endCursor"]}), file)["data"]
        rows += _only(page, "the pages differ")[1]
    raise QueryError(f"more than {PAGES_MOST:,} pages; ask for less")


def cut_off(found: Mapping[str, Any]) -> list[str]:
    """A line for each list that ends with its page though more follows, or may follow."""
    cut = []
    for name, rows in lists(found["data"]).items():
        connection = _at(found["data"], name)
        more, total = (
            connection.get("pageInfo", {}).get("hasNextPage"),
            connection.get("totalCount"),
        )
        if more or (total or 0) > len(rows):
            of = f" of {total:,}" if total is not None else ""
            cut.append(f"{name}: only the first {len(rows):,}{of} rows; say --all for every page")
        elif connection and more is None and total is None and len(rows) in FULL:
            cut.append(
                f"{name}: {len(rows):,} rows are a whole page, so there may be more; select"
                " pageInfo { hasNextPage endCursor }, take $after as after, and say --all"
            )
    return cut


def _checked(body: bytes, file: str) -> dict[str, Any]:
    try:
        found: Any = json.loads(body)
    except ValueError as error:
        raise QueryError("the answer is not JSON; is this the address of the API?") from error
    if not isinstance(found, dict) or not (
        found.get("errors") or isinstance(found.get("data"), dict)
    ):
        raise QueryError("the answer is none of GraphQL; is this the address of the API?")
    if found.get("errors"):
        raise QueryError(*(_line(error, file) for error in found["errors"]))
    return found


def _line(error: Mapping[str, Any], file: str) -> str:
    place = (error.get("locations") or [{}])[0]
    numbers = [str(place[each]) for each in ("line", "column") if each in place]
    where = ":".join(filter(None, [file, *numbers])) + ": " if numbers else ""
    path = ".".join(map(str, error.get("path") or ()))
    message = " ".join(str(error.get("message")).split())
    return f"{where}{message}{f' ({path})' if path else ''}"


def _only(data: dict[str, Any], otherwise: str) -> tuple[str, list[Any]]:
    found = lists(data)
    if len(found) != 1:
        raise QueryError(f"{otherwise}; this answer has {', '.join(found) or 'none'}")
    return next(iter(found.items()))


def _at(data: Any, name: str) -> dict[str, Any]:
    for part in name.split("."):
        data = data[part]
    return data if isinstance(data, dict) else {}


def worded(found: Mapping[str, Any], kind: str, document: str = "", *, indent: bool = False) -> str:
    """The answer in one of FORMATS; `document` names the columns of a list that is empty.

    Raises QueryError for CSV of several lists.
    """
    if kind == "json":
        return json.dumps(found, ensure_ascii=False, indent=2 if indent else None) + "\n"
    data = found["data"]
    if kind == "csv":
        try:
            rows = the_list(data)
        except NotOneList as error:
            raise QueryError(f"CSV is one table, and {error}") from error
        name = next(iter(lists(data)), "")
        return csv.written(*(flat(rows) if rows else (_columns(document, name), [])))
    several = lists(data) or {"": [data]}
    parts = (
        (f"{name} ({len(rows)})\n" if len(several) > 1 else "")
        + table.drawn(*(flat(rows) if rows else (_columns(document, name), [])))
        for name, rows in several.items()
    )
    return "\n".join(parts)


def _columns(document: str, name: str) -> list[str]:
    """What the rows of the list called `name` would have as columns, by what was asked."""
    definitions = parse(document).definitions
    named = {x.name.value: x for x in definitions if isinstance(x, FragmentDefinitionNode)}
    paths = dict.fromkeys(
        path
        for each in definitions
        if isinstance(each, OperationDefinitionNode)
        for path in _leaves(each, named)
    )
    prefix = f"{name}."
    return [path.removeprefix(prefix) for path in paths if path.startswith(prefix)]


def _leaves(node: Any, named: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """The dotted names of all fields without fields of their own, connections looked through."""
    for each in node.selection_set.selections:
        if isinstance(each, FragmentSpreadNode):
            yield from _leaves(named[each.name.value], named, before)
        elif isinstance(each, InlineFragmentNode):
            yield from _leaves(each, named, before)
        elif each.name.value not in ("pageInfo", "totalCount"):
            own = each.alias.value if each.alias else each.name.value
            path = before if own in ("nodes", "edges") else f"{before}.{own}" if before else own
            if each.selection_set:
                yield from _leaves(each, named, path)
            else:
                yield path


class _Straight(urllib.request.HTTPRedirectHandler):
    """A token is for the address that it was given for, and for no other."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing; the answer is then the redirect itself."""


def remote(url: str, document: str, operation: str | None) -> Ask:
    """Ask another installation, with the token in the environment. Raises QueryError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise QueryError(f"--url {url}: write an address such as https://tracker.example/graphql")
    token = os.environ.get(TOKEN, "")
    if token and parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise QueryError("http would show the token to everybody on the way; use https")
    address = urlunsplit(parts._replace(path="/graphql" if parts.path in ("", "/") else parts.path))
    opener = urllib.request.build_opener(_Straight)

    async def ask(variables: dict[str, Any]) -> bytes:
        asked = {"query": document, "variables": variables, "operationName": operation}
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/graphql-response+json, application/json",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        }
        request = urllib.request.Request(address, json.dumps(asked).encode(), headers)  # noqa: S310 - http or https, looked at above
        try:
            with opener.open(request, timeout=SECONDS_MOST) as answer:
                body: bytes = answer.read()
        except urllib.error.HTTPError as error:
            return _refused(error, address)
        except OSError as error:
            raise QueryError(
                f"{address} does not answer: {getattr(error, 'reason', error)}"
            ) from error
        return body

    return ask


def _refused(error: urllib.error.HTTPError, address: str) -> bytes:
    """The body of a refusal that is GraphQL's. Raises QueryError for any other."""
    body = error.read()
    try:
        is_graphql = bool(json.loads(body)["errors"])
    except (ValueError, KeyError, TypeError):
        is_graphql = False
    if not is_graphql:
        leads = (
            f", which leads to {error.headers['Location']}" if error.code in range(300, 400) else ""
        )
        raise QueryError(f"{address} answers with status {error.code}{leads}")
    return body
