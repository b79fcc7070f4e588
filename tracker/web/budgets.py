"""What a project costs: planned against spent, the books, and forms to book and to take back."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain import currencies
from tracker.domain.actor import Actor
from tracker.domain.budgets import transactions
from tracker.domain.budgets.transactions import BOOKABLE, TYPES, TransactionDraft
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.messages import say
from tracker.domain.roles import Permission
from tracker.exchange import csv
from tracker.exchange.rows import flat
from tracker.graphql import execute
from tracker.throttle import require_room
from tracker.web import budget_lines
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form, row_number
from tracker.web.identity import actor_of, person_of
from tracker.web.pages import ABSENT, AnyRequest, Page, draw, read, redirect
from tracker.web.partners import inside
from tracker.web.plans import may_propose
from tracker.web.programs import by_token_too
from tracker.web.proxies import address_of
from tracker.web.templates import document_of, number_of

EURO = "EUR"
"""What rates are published against."""


@get("/projects/{code:str}/budget")
async def show(request: AnyRequest, code: FromPath[str]) -> Page:
    """Planned against spent, by city and currency, or at dated rates in the one that is asked for;
    for the partners and the secretariat."""
    await person_of(request)
    wanted = request.query_params.get("in", "").strip().upper()
    wanted = wanted if currencies.known(wanted) else ""
    asked = {"code": code, "to": wanted or EURO, "converted": bool(wanted)}
    data = await read(request, "budgets/show", asked, shows="projectByCode")
    project, actor = data["projectByCode"], await actor_of(request)
    _require_inside(project, actor)
    sums = _sums(project, data["portfolio"])
    return draw(
        request,
        "budgets/show",
        data,
        sums=sums,
        wanted=wanted,
        codes=_codes(sums, wanted),
        books={f"City:{city['number']}" for city in _cities(project, actor)},
        proposes=may_propose(project, actor),
        plans=budget_lines.may_plan(project, actor),
    )


@get("/projects/{code:str}/budget/book")
async def new(request: AnyRequest, code: FromPath[str]) -> Page:
    """A form to book what happened."""
    await person_of(request)
    return await _book_page(request, code, NOTHING, 200, {})


@post("/projects/{code:str}/budget/book")
async def book(request: AnyRequest, code: FromPath[str], form: PostedForm) -> Response[Any]:
    """Book it for one's city."""
    actor = await person_of(request)
    data = await read(request, "budgets/book", {"code": code}, shows="projectByCode")
    project = data["projectByCode"]
    try:
        draft = read_form(TransactionDraft, form)
        city = row_number(form.text("city_id")) or 0
        await transactions.book(actor, number_of(project["id"]), city, draft)
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _book_page(request, code, form, failed.status, failed.errors)
    return redirect(f"/projects/{code}/budget#transactions", "saved")


@get("/projects/{code:str}/budget/{name:str}", guards=[by_token_too])
async def export(request: AnyRequest, code: FromPath[str], name: FromPath[str]) -> Response[str]:
    """All lines, or all transactions, for spreadsheets."""
    actor = await person_of(request)
    if name not in EXPORTS:
        raise NotFound(ABSENT)
    await require_room("export", f"person {actor.person_id}", address_of(request.scope))
    field = EXPORTS[name]
    nodes: list[dict[str, Any]] = []
    variables: dict[str, Any] = {"code": code, "lines": field == "budgetLines"}
    while True:
        project = (await execute(document_of("budgets/export"), variables, actor))["projectByCode"]
        if project is None:
            raise NotFound(ABSENT)
        nodes += project[field]["nodes"]
        if not project[field]["pageInfo"]["hasNextPage"]:
            break
        variables["after"] = project[field]["pageInfo"]["endCursor"]
    headers = {"Content-Disposition": f'attachment; filename="{project["code"]}-{name}"'}
    text = csv.written(*flat(nodes))
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


EXPORTS = {"lines.csv": "budgetLines", "transactions.csv": "transactions"}
"""File -> what of the project it holds."""


@get("/transactions/{number:int}/reverse")
async def ask_reverse(request: AnyRequest, number: FromPath[int]) -> Page:
    """Why it is taken back."""
    await person_of(request)
    return await _reverse_page(request, number, NOTHING, 200, {})


@post("/transactions/{number:int}/reverse")
async def reverse(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Take it back."""
    actor = await person_of(request)
    asked = {"id": f"Transaction:{number}"}
    data = await read(request, "budgets/reverse", asked, shows="transaction")
    try:
        await transactions.reverse(actor, number, form.text("reason"))
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _reverse_page(request, number, form, failed.status, failed.errors)
    code = data["transaction"]["project"]["code"]
    return redirect(f"/projects/{code}/budget#transactions", "done")


def _require_inside(project: dict[str, Any], actor: Actor) -> None:
    """Raises NotFound for everybody else: there is nothing on the page that they may see."""
    if not inside(project, actor):
        raise NotFound(ABSENT)


def _cities(project: Mapping[str, Any], actor: Actor) -> list[dict[str, Any]]:
    """The partner cities for which the actor books now."""
    if project["state"].lower() not in BOOKABLE:
        return []
    found = (each["city"] for each in project["participations"]["nodes"])
    return [
        {"number": number_of(city["id"]), "name": city["name"]}
        for city in found
        if actor.may(Permission.REPORT, number_of(city["id"]))
    ]


def _codes(sums: Sequence[Mapping[str, Any]], wanted: str) -> list[tuple[str, str]]:
    """The currencies to choose from: the euro, those of the rows, and the one that is chosen."""
    found = {EURO, wanted, *(row["unit"] for row in sums)} - {""}
    return [(code, code) for code in sorted(found)]


def _sums(project: Mapping[str, Any], figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each city and currency, `unit`, and one without for its work in person-days. What
    was never planned or booked stays None."""
    names = {
        each["city"]["id"]: each["city"]["name"] for each in project["participations"]["nodes"]
    }
    planned, booked = figures["budget"]["byCity"], figures["spending"]["byCity"]
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for city in names:
        for each in (*planned, *booked):
            if each["city"] == city and each["currency"]:
                rows[city, each["currency"]] = {"city": names[city], "unit": each["currency"]}
        days = [each for each in (*planned, *booked) if each["city"] == city and each["personDays"]]
        if days:
            rows[city, ""] = {"city": names[city], "unit": ""}
    for (city, unit), row in rows.items():
        plan = [each for each in planned if each["city"] == city and each["currency"] == unit]
        books = [each for each in booked if each["city"] == city and each["currency"] == unit]
        if not unit:
            plan = [each for each in planned if each["city"] == city]
            books = [each for each in booked if each["city"] == city]
        row["planned"] = _sum(plan, "amount" if unit else "personDays")
        row["agreed"] = _sum(plan, "baselineAmount") if unit else None
        row["spent"] = _sum(books, "spent" if unit else "personDays")
        row["committed"] = _sum(books, "committed") if unit else None
        row["received"] = _sum(books, "received") if unit else None
        known = row["planned"] is not None
        row["left"] = row["planned"] - (row["spent"] or 0) if known else None
    return list(rows.values())


def _sum(rows: Sequence[Mapping[str, Any]], name: str) -> Decimal | None:
    found = [Decimal(str(row[name])) for row in rows if row[name] is not None]
    return sum(found, Decimal(0)) if found else None


async def _book_page(
    request: AnyRequest, code: str, form: Posted, status: int, errors: Any
) -> Page:
    data = await read(request, "budgets/book", {"code": code}, shows="projectByCode")
    project, actor = data["projectByCode"], await actor_of(request)
    cities = _cities(project, actor)
    if status == 200 and not cities:
        raise Forbidden(say("Only a coordinator of a partner city books, and for that city."))
    numbers = {city["number"] for city in cities}
    lines = [
        {"number": number_of(line["id"]), "title": line["title"]}
        for line in project["budgetLines"]["nodes"]
        if number_of(line["city"]["id"]) in numbers
    ]
    return draw(
        request, "budgets/book", data, status=status, form=form, errors=errors, cities=cities,
        lines=lines, types=TYPES,
    )  # fmt: skip


async def _reverse_page(
    request: AnyRequest, number: int, form: Posted, status: int, errors: Any
) -> Page:
    asked = {"id": f"Transaction:{number}"}
    data = await read(request, "budgets/reverse", asked, shows="transaction")
    booked, actor = data["transaction"], await actor_of(request)
    theirs = actor.may(Permission.REPORT, number_of(booked["city"]["id"]))
    if status == 200 and (not theirs or booked["reversed"] or booked["reverses"]):
        raise Forbidden(say("Only a coordinator of the city whose books it is in does this."))
    return draw(request, "budgets/reverse", data, status=status, form=form, errors=errors)
