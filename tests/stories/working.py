"""The work itself: what was reported of it, what was late, spent, trained, moved and went live."""

from decimal import Decimal as D
from typing import Any

from tests.stories.beginning import MILESTONES
from tests.stories.telling import Row, Teller
from tracker.domain.status_reports.drafting import draft_reports

EVIDENCE = [{"title": "Minutes", "url": "https://example.org/minutes"}]

FARES = "scheduleHealth outcomeHealth health healthReason lateDays stale"


async def first_quarter(story: Teller) -> None:
    with story.on("2024-04-02"):
        await draft_reports()
        drafts = await story.sees("statusReports { nodes { id startsOn endsOn city { name } } }")
        rows = drafts["statusReports"]["nodes"]
        assert {(each["startsOn"], each["endsOn"]) for each in rows} == {
            ("2024-02-05", "2024-03-31")
        }
        reports = {each["city"]["name"]: each["id"] for each in rows}
    with story.on("2024-04-05"):
        for city, schedule in (("Seoul", "GREEN"), ("Nairobi", "AMBER")):
            who = f"{city.lower()}_coordinator"
            said = {"schedule": schedule, "outcomes": "GREEN", "budget": "GREEN",
                    "partnership": "GREEN", "achieved": "The team is there.",
                    "next": "The law.", "atRisk": "Parliament is slow.",
                    "decisionNeeded": "None."}  # fmt: skip
            await story.do(who, "statusReportEdit", id=reports[city], input=said)
            await story.do(who, "statusReportPublish", id=reports[city])
        found = await story.sees("reportedHealth health healthDisagreement healthComparison")
        assert found == {
            "reportedHealth": "AMBER",  # one city's green does not hide the other's amber
            "health": "GREEN",
            "healthDisagreement": "REPORTED_WORSE",
            "healthComparison": "Reported amber, computed green.",
        }
    story.ids["report"] = reports["Nairobi"]
    story.ids["frozen"] = (await report_read(story))["document"]
    with story.on("2024-04-08"):
        words = {"statusReportId": reports["Nairobi"], "text": "The team is there since 12 March."}
        await story.do("nairobi_coordinator", "addendumAdd", **words)


async def report_read(story: Teller) -> Row:
    text = """query($id: ID!) { node(id: $id) { ... on StatusReport {
        document sha256 addenda { nodes { text } } } } }"""
    found: Row = (await story.reads("officer", text, id=story.ids["report"]))["node"]
    return found


async def late(story: Teller) -> None:
    """The law is not reviewed in time: what the calendar makes of it, minute by minute."""
    with story.on("2024-04-20"):
        risk = {"title": "Parliament is slow", "probability": 3, "impact": 4,
                "reviewOn": "2024-10-31", "mitigation": "A decree first."}  # fmt: skip
        story.ids["risk"] = await story.do(
            "nairobi_coordinator", "riskAdd", **story.project, cityId=story.nairobi, input=risk
        )
    assert await _risk(story) == (12, "HIGH", "UNKNOWN")
    for day, hour, late, health, why, stale in (
        ("2024-04-30", "20:59", 0, "GREEN", None, False),
        ("2024-04-30", "21:00", 1, "GREEN", None, False),
        ("2024-05-07", "20:59", 7, "GREEN", None, False),
        ("2024-05-07", "21:00", 8, "AMBER", "LATE", False),
        ("2024-05-20", "09:00", 20, "AMBER", "LATE", False),  # 30 days after the risk was noted
        ("2024-05-20", "09:01", 20, "AMBER", "LATE", True),
        ("2024-05-30", "20:59", 30, "AMBER", "LATE", True),
        ("2024-05-30", "21:00", 31, "RED", "LATE", True),
    ):
        with story.on(day, hour):
            assert await story.sees(FARES) == {
                "scheduleHealth": health, "health": health, "healthReason": why,
                "outcomeHealth": "UNKNOWN", "lateDays": late, "stale": stale,
            }, (day, hour)  # fmt: skip
    await reached(story, "A", "2024-06-03", "2024-05-31")
    assert D((await story.sees("progress"))["progress"]) == D("0.1")


async def _risk(story: Teller) -> tuple[Any, ...]:
    text = "query($id: ID!) { node(id: $id) { ... on Risk { score level trend } } }"
    found = (await story.reads("officer", text, id=story.ids["risk"]))["node"]
    return found["score"], found["level"], found["trend"]


async def reached(story: Teller, name: str, day: str, completed: str) -> None:
    """The city that owns the milestone hands it in, the other one accepts it."""
    owner = MILESTONES[name][0]
    other = "seoul" if owner == "nairobi" else "nairobi"
    with story.on(day):
        report = {"completedOn": completed, "evidence": EVIDENCE}
        one = {"id": story.ids[name]}
        await story.do(f"{owner}_coordinator", "milestoneSubmit", **one, input=report)
        await story.refused(f"{owner}_coordinator", "milestoneAccept", **one)
        await story.do(f"{other}_coordinator", "milestoneAccept", **one)


async def books(story: Teller) -> None:
    with story.on("2024-06-17"):
        await _rated(story, "2024-06-14", KRW="1450", KES="140")
        await _booked(story, "seoul", "DISBURSEMENT", "2024-06-15", "29000000", "KRW")
        for days in ("12.5", "7.5"):
            await _booked(story, "seoul", "EXPENDITURE", "2024-06-14", personDays=days)
        await _booked(story, "nairobi", "EXPENDITURE", "2024-06-14", "1400000", "KES")
        twice = await _booked(story, "nairobi", "EXPENDITURE", "2024-06-14", "1400000", "KES")
        why = {"reason": "Booked twice."}
        await story.do("nairobi_coordinator", "transactionReverse", id=twice, **why)


async def _rated(story: Teller, day: str, **rates: str) -> None:
    rows = [{"currency": code, "ratedOn": day, "rate": rate} for code, rate in rates.items()]
    await story.do("administrator", "ratesImport", rates=rows)


async def _booked(
    story: Teller, city: str, kind: str, day: str, amount: str | None = None,
    currency: str | None = None, **more: Any,
) -> str:  # fmt: skip
    spent = {"type": kind, "description": "For the portal", "valueOn": day, **more}
    if amount:
        spent |= {"amount": amount, "currency": currency}
    where = {**story.project, "cityId": getattr(story, city)}
    return await story.do(f"{city}_coordinator", "transactionBook", **where, input=spent)


async def training(story: Teller) -> None:
    await reached(story, "B", "2024-09-26", "2024-09-24")
    with story.on("2024-10-15"):
        found = await story.sees(
            "progress slippedDays slippedDaysMost moves forecastGap"
            " forecastEarliestOn forecastLikelyOn forecastLatestOn"
        )
    assert D(found.pop("progress")) == D("0.3")
    assert D(found.pop("slippedDays")) == D("1.9")
    assert found == {
        "slippedDaysMost": 31,
        "moves": 0,
        "forecastGap": None,
        "forecastEarliestOn": "2025-11-15",
        "forecastLikelyOn": "2025-12-28",
        "forecastLatestOn": "2026-07-15",
    }
    with story.on("2024-10-20"):
        again = {"probability": 2, "impact": 4, "reviewOn": "2025-04-30", "note": "A decree came."}
        await story.do("nairobi_coordinator", "riskAssess", id=story.ids["risk"], input=again)
    assert await _risk(story) == (8, "MODERATE", "FALLING")


async def moved(story: Teller) -> None:
    """The tender is repeated: the portal goes live a quarter later, for more residents."""
    with story.on("2025-03-03"):
        change = {
            "reason": "The tender was repeated; two more districts join.",
            "moves": [{"milestoneId": story.ids["C"], "dueOn": "2025-06-30"}],
            "targets": [{"periodId": story.ids["residents 2"], "targetValue": "120000"}],
            "changedLines": [{"budgetLineId": story.ids["servers"], "title": "Servers",
                              "amount": "1700000", "currency": "KES", "valueOn": "2024-06-01"}],
        }  # fmt: skip
        who, where = "nairobi_coordinator", {**story.project, "cityId": story.nairobi}
        proposed = await story.do(who, "planChangePropose", **where, input=change)
        await story.refused(who, "planChangeAccept", id=proposed)
        assert (await story.sees("moves"))["moves"] == 0
    with story.on("2025-03-05"):
        await story.do("seoul_coordinator", "planChangeAccept", id=proposed)
        found = await story.sees("moves slippedDays slippedDaysMost budgetLines { nodes {"
                                 " amount baselineAmount } }")  # fmt: skip
        assert (found["moves"], found["slippedDays"], found["slippedDaysMost"]) == (1, "47.4", 91)
        [line] = found["budgetLines"]["nodes"]
        assert {name: D(amount) for name, amount in line.items()} == {
            "amount": 1_700_000, "baselineAmount": 1_500_000,
        }  # fmt: skip
    with story.on("2025-03-11"):
        await _rated(story, "2025-03-10", KRW="1500", KES="125")
        await _booked(story, "nairobi", "EXPENDITURE", "2025-03-10", "250000", "KES")
        await _booked(story, "nairobi", "EXPENDITURE", "2025-03-10", "500", "USD")
        await _require_spent(story)


async def _require_spent(story: Teller) -> None:
    found = await story.reads(
        "officer",
        """{ portfolio { spending { transactions personDays
        byCurrency { currency spent }
        euro: converted(to: "EUR") { spent unconverted }
        shilling: converted(to: "KES") { spent unconverted } } } }""",
    )
    spending = found["portfolio"]["spending"]
    in_currency = {each["currency"]: D(each["spent"]) for each in spending["byCurrency"]}
    assert in_currency == {"KRW": 29_000_000, "KES": 1_650_000, "USD": 500}
    assert (spending["transactions"], D(spending["personDays"])) == (8, D(20))
    for name, spent in (("euro", 32_000), ("shilling", 4_450_000)):
        assert (D(spending[name]["spent"]), spending[name]["unconverted"]) == (D(spent), 1)


async def live(story: Teller) -> None:
    await reached(story, "C", "2025-06-23", "2025-06-20")
    found = await story.sees("progress slippedDays slippedDaysMost")
    assert (D(found["progress"]), found["slippedDays"]) == (D("0.8"), "42.4")
    assert found["slippedDaysMost"] == 81
    with story.on("2025-06-30"):
        why = {"reason": "The portal runs on a decree."}
        await story.do("nairobi_coordinator", "riskClose", id=story.ids["risk"], **why)
    await reached(story, "D", "2025-12-15", "2025-12-12")
    found = await story.sees("progress slippedDays moves")
    assert (D(found["progress"]), found["slippedDays"], found["moves"]) == (D(1), "41.8", 1)
