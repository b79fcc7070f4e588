"""Two years of one project, from the offer to the day on which the work is done.

Seoul offers its one-stop permits; Nairobi asks for them, leads the project and slips on the way.
Everything is done by mutations and read by queries. Every figure below was worked out by hand, from
`domain.md`'s rules and a calendar; none was copied from what the tracker said.

**The plan**, 1 February 2024 to 31 January 2026; work really began on 5 February 2024.

    milestone            city     weight   baseline     completed    days off
    A  Law reviewed      Nairobi       1   2024-04-30   2024-05-31   +31
    B  Analysts trained  Seoul         2   2024-09-30   2024-09-24    -6
    C  Portal is live    Nairobi       5   2025-03-31   2025-06-20   +81  (moved to 06-30, +91)
    D  Results measured  Nairobi       2   2025-12-15   2025-12-12    -3
                                      10

**Progress** = weight accepted / weight of all: after A 1/10, B 3/10, C 8/10, D 10/10.

**Slippage** = sum of weight x days / 10, an open milestone by its present due date:

    after A and B   (1 x 31 - 2 x 6 + 5 x  0 + 2 x 0) / 10 =  19 / 10 =  1.9
    C moved         (1 x 31 - 2 x 6 + 5 x 91 + 2 x 0) / 10 = 474 / 10 = 47.4
    C completed     (1 x 31 - 2 x 6 + 5 x 81 + 2 x 0) / 10 = 424 / 10 = 42.4
    D completed     (1 x 31 - 2 x 6 + 5 x 81 - 2 x 3) / 10 = 418 / 10 = 41.8

**Health while A is open**, due on 30 April in Nairobi (UTC+3), green up to 7 days late, amber up to
30: the 7th day ends on 7 May at 21:00 UTC, the 30th on 30 May at 21:00 UTC.

**Forecast** on 15 October 2024, with A and B accepted:

    A  planned 2024-02-01..04-30 =  89 days, took 2024-02-05..05-31 = 116: pace 116/89, weight  89
    B  planned 2024-02-01..09-30 = 242 days, took 2024-02-05..09-24 = 232: pace 232/242, weight 484
    planned until the last milestone, 2024-02-01..2025-12-15 = 683 days
    mean pace (116 + 2 x 232) / (89 + 484) = 580/573; 683 x 580/573 = 691.3, so 692 days
    likely    2024-02-05 + 692                                                     = 2025-12-28
    margin    a tenth of 2024-10-15..2025-12-28 = 439 days                         = 43 days
    earliest  B's pace gives 655 days, 2025-11-21; likely less the margin is earlier: 2025-11-15
    latest    A's pace gives 891 days, 2026-07-15; later than likely and the margin

**Outcomes**; achievement = (actual - baseline) / (target - baseline), to four decimals:

    indicator                      baseline  first year                  second year
    days to a permit (less better)       40  28 of 25:  -12/-15 = 0.8    7 of 10: -33/-30 = 1.1
    share applied for online, %           5  25 of 30:    20/25 = 0.8    66 of 60: 61/55 = 1.1091
        counted                              3 000 / 12 000 = 25 %       9 900 / 15 000 = 66 %
        first told (and disputed)            3 600 / 12 000 = 30 %, 25/25 = 1
    residents on the portal, so far       0  40 000 of 50 000 = 0.8      130 000 of 120 000 = 1.0833
    delegations to Seoul, in a year       0  2 of 3 = 0.6667             5 of 4 = 1.25

The outcome share is the least of a column (all was told after the period ended, so all of it should
have been reached): 0.6667 is below 0.9 and not below 0.6, amber; 1.0833 is green.

**Over both years**: days: the latest, 7. Share: (3 000 + 9 900) / (12 000 + 15 000) = 12 900/27 000
= 47.777777777778 %, not the mean of 25 and 66, which is 45.5. Residents: 130 000, never 40 000 +
130 000. Delegations: 2 + 5 = 7.

**Money**, at rates per euro; 15 June 2024 was a Saturday, so Friday's count:

    2024-06-14  KRW 1 450, KES 140      2025-03-10  KRW 1 500, KES 125      (none of USD)
    Seoul    2024-06-15  KRW 29 000 000 / 1 450 = EUR 20 000;  x 140 = KES 2 800 000
    Nairobi  2024-06-14  KES  1 400 000 /   140 = EUR 10 000           KES 1 400 000
    Nairobi  2024-06-14  the same again by mistake, taken back: 0
    Nairobi  2025-03-10  KES    250 000 /   125 = EUR  2 000           KES   250 000
    Nairobi  2025-03-10  USD        500: no rate, listed apart
                                                  EUR 32 000           KES 4 450 000
    in kind: Seoul 12.5 + 7.5 = 20 person-days, worth no money here

**The risk**: probability 3 x impact 4 = 12, high; later 2 x 4 = 8, moderate and falling.
"""

import hashlib
from decimal import Decimal as D
from typing import Any

from tests.cast import Cast
from tests.graphql.conftest import Api
from tests.stories.telling import Row, Teller
from tracker.domain.status_reports.drafting import draft_reports

MILESTONES = {
    "A": ("nairobi", "Law reviewed", 1, "2024-04-30"),
    "B": ("seoul", "Analysts trained", 2, "2024-09-30"),
    "C": ("nairobi", "Portal is live", 5, "2025-03-31"),
    "D": ("nairobi", "Results measured", 2, "2025-12-15"),
}

YEARS = (("2024-02-01", "2025-01-31"), ("2025-02-01", "2026-01-31"))

INDICATORS: dict[str, tuple[str, tuple[str, str], Row]] = {
    "days": ("RECIPIENT", ("25", "10"), {
        "title": "Days to a permit", "measure": "UNIT", "unit": "days", "ascending": False,
        "accumulation": "SNAPSHOT", "aggregation": "LATEST", "baselineValue": "40"}),
    "share": ("RECIPIENT", ("30", "60"), {
        "title": "Applied for online", "measure": "PERCENTAGE", "unit": "%", "ascending": True,
        "accumulation": "PERIOD", "aggregation": "RATIO_OF_SUMS", "baselineValue": "5"}),
    "residents": ("RECIPIENT", ("50000", "100000"), {
        "title": "Residents on the portal", "measure": "UNIT", "unit": "residents",
        "ascending": True, "accumulation": "CUMULATIVE", "aggregation": "SUM",
        "baselineValue": "0"}),
    "delegations": ("DONOR", ("3", "4"), {
        "title": "Delegations received", "measure": "UNIT", "unit": "delegations",
        "ascending": True, "accumulation": "PERIOD", "aggregation": "SUM", "baselineValue": "0"}),
}  # fmt: skip
"""Name -> side of benefit, the targets of both years, how it is measured."""

EVIDENCE = [{"title": "Minutes", "url": "https://example.org/minutes"}]

FARES = "scheduleHealth outcomeHealth health healthReason lateDays stale"


async def test_two_years_of_a_project(api: Api, cast: Cast) -> None:
    story = Teller(api, cast)
    await _offer_and_request(story)
    await _proposal(story)
    await _decisions(story)
    await _first_quarter(story)
    await _late(story)
    await _books(story)
    await _training(story)
    await _first_year_measured(story)
    await _moved(story)
    await _live(story)
    await _second_year_measured(story)
    await _done(story)


async def _offer_and_request(story: Teller) -> None:
    with story.on("2023-11-06"):
        plan: Row = {
            "title": "One-stop permits", "summary": "Every permit at one address.",
            "themes": ["permits"], "readiness": "PROVEN", "transferNeeds": "Two analysts.",
            "resultsEvidence": "From 21 to 6 days.", "licence": "CC_BY", "languages": ["en"],
        }  # fmt: skip
        offer = await story.do("seoul_coordinator", "practiceDraft", cityId=story.seoul, input=plan)
        story.ids["practice"] = await story.do("seoul_coordinator", "practicePublish", id=offer)
    with story.on("2023-11-20"):
        need = {"title": "Permits take 40 days", "need": "Quick permits", "practiceId": offer,
                "deadlineOn": "2024-03-31"}  # fmt: skip
        story.ids["request"] = await story.do(
            "nairobi_coordinator", "requestOpen", cityId=story.nairobi, input=need
        )


async def _proposal(story: Teller) -> None:
    with story.on("2023-12-01"):
        plan: Row = {
            "title": "Permits without queues", "summary": "Seoul's permits in Nairobi.",
            "plannedStartOn": "2024-02-01", "plannedEndOn": "2026-01-31",
            "donorCityId": story.seoul, "recipientCityId": story.nairobi,
            "practiceId": story.ids["practice"], "requestId": story.ids["request"],
        }  # fmt: skip
        story.ids["project"] = await story.do("nairobi_coordinator", "projectPropose", input=plan)
        await _plan(story)
        await story.do("nairobi_coordinator", "projectSubmit", id=story.ids["project"])
    found = await story.sees("state request { state } practice { title } progress")
    assert found["request"] == {"state": "MATCHED"}
    assert found["practice"] == {"title": "One-stop permits"}
    assert (found["state"], D(found["progress"])) == ("SUBMITTED", D(0))


async def _plan(story: Teller) -> None:
    lead = "nairobi_coordinator"
    for name, (city, title, weight, due) in MILESTONES.items():
        step = {"title": title, "weight": weight, "dueOn": due}
        where = {**story.project, "cityId": getattr(story, city)}
        story.ids[name] = await story.do(lead, "milestoneAdd", **where, input=step)
    for name, (benefit, targets, gauge) in INDICATORS.items():
        wanted = {"type": "OUTCOME", "title": f"Better: {name}", "benefit": benefit}
        result = await story.do(lead, "resultAdd", **story.project, input=wanted)
        draft = {**gauge, "baselineOn": "2023-11-30"}
        story.ids[name] = await story.do(lead, "indicatorAdd", resultId=result, input=draft)
        for number, ((first, last), target) in enumerate(zip(YEARS, targets, strict=True), 1):
            span = {"startsOn": first, "endsOn": last, "targetValue": target}
            story.ids[f"{name} {number}"] = await story.do(
                lead, "periodAdd", indicatorId=story.ids[name], input=span
            )
    line = {"title": "Servers", "amount": "1500000", "currency": "KES", "valueOn": "2024-06-01"}
    story.ids["servers"] = await story.do(
        lead, "budgetLineAdd", **story.project, cityId=story.nairobi, input=line
    )


async def _decisions(story: Teller) -> None:
    project = {"id": story.ids["project"]}
    with story.on("2023-12-11"):
        await story.do("officer", "projectReview", **project)
        asked = await story.sees("decisions { nodes { id kind state deadlineOn city { name } } }")
        assert [(each["kind"], each["deadlineOn"]) for each in asked["decisions"]["nodes"]] == (
            [("ENDORSE", "2024-01-01")] * 2  # 21 days on
        )
    with story.on("2023-12-18"):
        endorsements = await _on_desks(story)
        await story.do("nairobi_mayor", "decisionGive", id=endorsements["Nairobi"])
        unmet = await story.refused("officer", "projectAgree", **project)
        assert any("Seoul" in each for each in unmet), unmet
        await story.do("seoul_mayor", "decisionGive", id=endorsements["Seoul"])
    with story.on("2023-12-20"):
        await story.do("officer", "projectAgree", **project)
    with story.on("2024-01-08"):
        signatures = await _on_desks(story)
        await story.do("seoul_mayor", "decisionGive", id=signatures["Seoul"])
        await _signed_by_deputy(story, signatures["Nairobi"])
    with story.on("2024-02-06"):
        begun = {"actualStartOn": "2024-02-05"}
        await story.do("seoul_coordinator", "projectStart", **project, **begun)


async def _signed_by_deputy(story: Teller, signature: str) -> None:
    """Nairobi's mayor travels; her chief information officer signs for her."""
    await story.refused(await story.named("nairobi_cio"), "decisionGive", id=signature)
    mandate = {"personId": f"Person:{story.cast.nairobi_cio.person_id}",
               "startsOn": "2024-01-08", "endsOn": "2024-01-12"}  # fmt: skip
    await story.do("nairobi_mayor", "delegationGrant", cityId=story.nairobi, input=mandate)
    await story.do(await story.named("nairobi_cio"), "decisionGive", id=signature)


async def _on_desks(story: Teller) -> dict[str, str]:
    """Name of the city -> the decision that waits for its mayor."""
    found = await story.sees("decisions { nodes { id state city { name } } }")
    rows = found["decisions"]["nodes"]
    return {each["city"]["name"]: each["id"] for each in rows if each["state"] == "PENDING"}


async def _first_quarter(story: Teller) -> None:
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
    story.ids["frozen"] = (await _report(story))["document"]
    with story.on("2024-04-08"):
        words = {"statusReportId": reports["Nairobi"], "text": "The team is there since 12 March."}
        await story.do("nairobi_coordinator", "addendumAdd", **words)


async def _report(story: Teller) -> Row:
    text = """query($id: ID!) { node(id: $id) { ... on StatusReport {
        document sha256 addenda { nodes { text } } } } }"""
    found: Row = (await story.reads("officer", text, id=story.ids["report"]))["node"]
    return found


async def _late(story: Teller) -> None:
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
    await _reached(story, "A", "2024-06-03", "2024-05-31")
    assert D((await story.sees("progress"))["progress"]) == D("0.1")


async def _risk(story: Teller) -> tuple[Any, ...]:
    text = "query($id: ID!) { node(id: $id) { ... on Risk { score level trend } } }"
    found = (await story.reads("officer", text, id=story.ids["risk"]))["node"]
    return found["score"], found["level"], found["trend"]


async def _reached(story: Teller, name: str, day: str, completed: str) -> None:
    """The city that owns the milestone hands it in, the other one accepts it."""
    owner = MILESTONES[name][0]
    other = "seoul" if owner == "nairobi" else "nairobi"
    with story.on(day):
        report = {"completedOn": completed, "evidence": EVIDENCE}
        one = {"id": story.ids[name]}
        await story.do(f"{owner}_coordinator", "milestoneSubmit", **one, input=report)
        await story.refused(f"{owner}_coordinator", "milestoneAccept", **one)
        await story.do(f"{other}_coordinator", "milestoneAccept", **one)


async def _books(story: Teller) -> None:
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


async def _training(story: Teller) -> None:
    await _reached(story, "B", "2024-09-26", "2024-09-24")
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


async def _first_year_measured(story: Teller) -> None:
    with story.on("2025-02-10"):
        await _returned_once(story)
        share = await _told(story, "share 1", numerator="3600", denominator="12000")
        await _told(story, "residents 1", value="40000")
        await _told(story, "delegations 1", value="2")
        assert await _achieved(story) == {
            "days": "0.8", "share": "1", "residents": "0.8", "delegations": "0.6667",
        }  # fmt: skip
        assert await story.sees("outcomeShare outcomeHealth health healthReason") == {
            "outcomeShare": "0.6667", "outcomeHealth": "AMBER", "health": "AMBER",
            "healthReason": "OUTCOMES",
        }  # fmt: skip
    await _disputed(story, share)
    assert (await _achieved(story))["share"] == "0.8"


async def _returned_once(story: Teller) -> None:
    """The mean instead of the median: drafted, submitted, returned, revised, approved."""
    who = "nairobi_coordinator"
    where = {"periodId": story.ids["days 1"], "cityId": story.nairobi}
    value = await story.do(who, "valueDraft", **where, input={"value": "18"})
    assert (await _values(story, "days 1")) == [("DRAFT", "18", False, False)]
    await story.do(who, "valueSubmit", id=value)
    await story.refused(who, "valueApprove", id=value)
    await story.refused("nairobi_approver", "valueApprove", id=value)
    await story.do("seoul_approver", "valueReturn", id=value, note="The median, please.")
    await story.do(who, "valueRevise", id=value, input={"value": "28"})
    await story.do("seoul_approver", "valueApprove", id=value)


async def _told(story: Teller, period: str, **figures: str) -> str:
    """A value of the city that benefits, approved by an officer, who is of neither."""
    city = "seoul" if period.startswith("delegations") else "nairobi"
    where = {"periodId": story.ids[period], "cityId": getattr(story, city)}
    value = await story.do(f"{city}_coordinator", "valueReport", **where, input=figures)
    await story.do("officer", "valueApprove", id=value)
    return value


async def _disputed(story: Teller, share: str) -> None:
    """600 applications were counted twice. The period is locked by then, and opened again."""
    period, who = {"id": story.ids["share 1"]}, "nairobi_coordinator"
    right = {"numerator": "3000", "denominator": "12000"}
    why = {"reason": "600 renewals were counted twice."}
    with story.on("2025-02-14"):
        await story.do("seoul_approver", "valueDispute", id=share, reason="The log says fewer.")
    with story.on("2025-02-17"):
        await story.do("officer", "periodLock", **period)
        await story.refused(who, "valueCorrect", id=share, input=right, **why)
        await story.do("officer", "periodReopen", **period, reason="The figure is disputed.")
        corrected = await story.do(who, "valueCorrect", id=share, input=right, **why)
        assert await _values(story, "share 1") == [
            ("SUBMITTED", "25", False, False), ("APPROVED", "30", True, False),
        ]  # fmt: skip
        await story.do("officer", "valueApprove", id=corrected)
        await story.do("seoul_approver", "valueConfirm", id=corrected)
        assert await _values(story, "share 1") == [
            ("APPROVED", "25", False, True), ("SUPERSEDED", "30", True, False),
        ]  # fmt: skip
        await story.do("officer", "periodLock", **period)


async def _values(story: Teller, period: str) -> list[tuple[Any, ...]]:
    """The newest first: state, figure, whether it is disputed and confirmed; as Nairobi sees it."""
    text = """query($id: ID!) { node(id: $id) { ... on Period { values { nodes {
        state value disputed confirmed } } } } }"""
    found = await story.reads("nairobi_coordinator", text, id=story.ids[period])
    return [tuple(each.values()) for each in found["node"]["values"]["nodes"]]


async def _achieved(story: Teller) -> dict[str, str]:
    found = await story.sees("indicators { nodes { id achievement } }")
    of = {each["id"]: each["achievement"] for each in found["indicators"]["nodes"]}
    return {name: of[story.ids[name]] for name in INDICATORS}


async def _moved(story: Teller) -> None:
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


async def _live(story: Teller) -> None:
    await _reached(story, "C", "2025-06-23", "2025-06-20")
    found = await story.sees("progress slippedDays slippedDaysMost")
    assert (D(found["progress"]), found["slippedDays"]) == (D("0.8"), "42.4")
    assert found["slippedDaysMost"] == 81
    with story.on("2025-06-30"):
        why = {"reason": "The portal runs on a decree."}
        await story.do("nairobi_coordinator", "riskClose", id=story.ids["risk"], **why)
    await _reached(story, "D", "2025-12-15", "2025-12-12")
    found = await story.sees("progress slippedDays moves")
    assert (D(found["progress"]), found["slippedDays"], found["moves"]) == (D(1), "41.8", 1)


async def _second_year_measured(story: Teller) -> None:
    with story.on("2026-02-05"):
        await _told(story, "days 2", value="7")
        await _told(story, "share 2", numerator="9900", denominator="15000")
        await _told(story, "residents 2", value="130000")
        await _told(story, "delegations 2", value="5")
        assert await _achieved(story) == {
            "days": "1.1", "share": "1.1091", "residents": "1.0833", "delegations": "1.25",
        }  # fmt: skip
        assert await story.sees("outcomeShare health healthReason") == {
            "outcomeShare": "1.0833", "health": "GREEN", "healthReason": None,
        }  # fmt: skip
        text = "{ portfolio { indicators { nodes { title value numerator denominator } } } }"
        rows = (await story.reads("officer", text))["portfolio"]["indicators"]["nodes"]
        assert {each.pop("title"): tuple(each.values()) for each in rows} == {
            "Days to a permit": ("7", None, None),
            "Applied for online": ("47.777777777778", "12900", "27000"),
            "Residents on the portal": ("130000", None, None),
            "Delegations received": ("7", None, None),
        }


async def _done(story: Teller) -> None:
    """The work is done. What the cities think of it, and the close, are a story of their own."""
    project = {"id": story.ids["project"]}
    with story.on("2026-02-10"):
        ended = {"actualEndOn": "2026-01-30"}
        await story.do("nairobi_coordinator", "projectFinalise", **project, **ended)
        missing = await story.refused("officer", "projectClose", **project)
        assert any("Seoul" in each and "Nairobi" in each for each in missing), missing
        assert await story.sees("state actualEndOn") == {"state": "FINALISING", **ended}
    report = await _report(story)
    assert report["document"] == story.ids["frozen"]
    assert report["sha256"] == hashlib.sha256(report["document"].encode()).hexdigest()
    assert [each["text"] for each in report["addenda"]["nodes"]] == [
        "The team is there since 12 March."
    ]
