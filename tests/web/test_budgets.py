"""The budget of a project: planned against spent, the books, and files to take along."""

import csv
import io
from dataclasses import replace
from decimal import Decimal

from tests.cast import Cast
from tests.domain.test_budgets import PLAN
from tests.factories.projects import add_budget_line, joint_project, today
from tests.web.browser import DOMAIN, Browser
from tests.web.conftest import SignedIn
from tracker.domain.actor import SYSTEM
from tracker.domain.budgets.rates import import_rates, read_rates
from tracker.domain.budgets.tables import BudgetLine, Transaction


async def test_books_are_kept_on_pages_and_never_mixed(signed_in: SignedIn, cast: Cast) -> None:
    project = await joint_project(cast, "active")
    for amount, currency in (("1000", "KES"), ("20", "EUR")):
        plan = replace(PLAN, amount=Decimal(amount), currency=currency)
        await add_budget_line(cast, project.id, cast.nairobi, plan)
    work = replace(PLAN, title="Trainers", amount=None, currency=None, person_days=Decimal(9))
    await add_budget_line(cast, project.id, cast.seoul, work)
    path = f"/projects/{(await project.row()).code}/budget"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(path)
    assert f"{path}/book" in browser.links
    await browser.open(f"{path}/book")
    spent = {"description": "=Servers", "amount": "400", "currency": "KES", "value_on": ""}
    await browser.submit(f"{path}/book", city_id=str(cast.nairobi), type="expenditure", **spent)
    assert browser.page.status_code == 422
    assert 'value="=Servers"' in browser.page.text
    await browser.submit(
        f"{path}/book",
        city_id=str(cast.nairobi),
        type="expenditure",
        **spent | {"value_on": str(today(-2))},
    )
    await browser.follow()
    assert all(word in browser.text for word in ("1,000", "400", "600", "€20.00", "9 person-days"))
    assert "1,020" not in browser.text
    await browser.open(f"{path}?in=eur")
    assert "Planned, EUR €20.00 Spent, EUR –" in browser.text
    assert "1 budget line is not in it, for want of a rate: KES" in browser.text
    assert "1 transaction is not in it, for want of a rate." in browser.text
    await browser.open(f"{path}/transactions.csv")
    [row] = csv.DictReader(io.StringIO(browser.page.text))
    assert (row["description"], row["amount"], row["currency"]) == ("'=Servers", "400", "KES")
    booked = await Transaction.objects().first()
    assert booked
    await browser.open(f"/transactions/{booked.id}/reverse")
    await browser.submit(f"/transactions/{booked.id}/reverse", reason="Booked twice.")
    await browser.follow()
    assert "Booked twice." in browser.text
    assert f"/transactions/{booked.id}/reverse" not in browser.links
    outsider = await signed_in("lima_coordinator")
    assert (await outsider.open(path)).status_code == 404
    assert (await outsider.open(f"/transactions/{booked.id}/reverse")).status_code == 404


async def test_lines_are_planned_on_pages_until_the_plan_is_agreed(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "submitted")
    path = f"/projects/{(await project.row()).code}/budget"
    form = f"{path}/lines/new"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(path)
    assert form in browser.links
    await browser.open(form)
    await browser.submit(form, title="Portal", amount="a lot", currency="kes")
    assert browser.page.status_code == 422
    said = ("“a lot” is no number", "Value date: This is needed.", "Choose the city that pays.")
    assert all(words in browser.text for words in said)
    assert 'value="Portal"' in browser.page.text
    city = str(cast.nairobi)
    await browser.submit(form, amount="900", value_on=str(today()), city_id=city)
    line = await BudgetLine.objects().first()
    assert line
    assert (line.amount, line.currency, line.city) == (Decimal(900), "KES", cast.nairobi)
    edit, remove = f"/budget-lines/{line.id}/edit", f"/budget-lines/{line.id}/remove"
    await browser.follow()
    assert {edit, remove} <= {*browser.links}
    await browser.open(edit)
    await browser.submit(edit, amount="", currency="", person_days="9")
    changed = await BudgetLine.objects().first()
    assert changed
    assert (str(changed.amount), str(changed.person_days)) == ("None", "9.00")
    await browser.open(remove)
    await browser.submit(remove)
    assert not await BudgetLine.exists()
    outsider = await signed_in("lima_coordinator")
    assert (await outsider.open(form)).status_code == 404
    agreed = await (await joint_project(cast, "active")).row()
    await browser.open(f"/projects/{agreed.code}/budget/lines/new")
    assert browser.page.status_code == 403
    assert "propose this as a plan change" in browser.text


async def test_numbers_are_read_as_their_reader_writes_them(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await joint_project(cast, "draft")
    path = f"/projects/{(await project.row()).code}/budget"
    form = f"{path}/lines/new"
    browser = await signed_in("nairobi_coordinator")
    browser.client.cookies.set("language", "de", domain=DOMAIN, path="/")
    await browser.open(form)
    typed = {"title": "Portal", "currency": "EUR", "value_on": str(today())}
    await browser.submit(form, **typed, amount="1,250.50", city_id=str(cast.nairobi))
    assert "„1,250.50“ ist keine Zahl; schreiben Sie eine wie 1.250,5." in browser.text
    await browser.submit(form, amount="1.250")
    line = await BudgetLine.objects().first()
    assert line
    assert line.amount == 1250
    edit = f"/budget-lines/{line.id}/edit"
    for amount in ("1250.5", "1.25", "1250"):
        await BudgetLine.update({BudgetLine.amount: Decimal(amount)}, force=True)
        await browser.open(edit)
        await browser.submit(edit, title=f"Portal {amount}")
        await line.refresh()
        assert (line.title, line.amount) == (f"Portal {amount}", Decimal(amount))


async def test_rates_are_shown_with_their_source(browser: Browser, cast: Cast) -> None:
    await browser.open("/rates")
    assert "There is no rate" in browser.text
    table = "Date,USD,KES\n2026-03-03,1.05,140.2571\n2026-03-02,1.04,139\n"
    await import_rates(SYSTEM, read_rates(table), "A bank <b>")
    await browser.open("/rates")
    assert "140.2571 A bank <b>" in browser.text
    assert "139" not in browser.text, "only the newest day"
    await browser.open("/rates?currency=kes")
    assert "139 A bank <b>" in browser.text
    assert "1.05" not in browser.text
