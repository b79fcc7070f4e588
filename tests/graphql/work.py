"""What is done in a project that is under way, and how projects end, in mutations."""

from datetime import timedelta

from strawberry.utils.str_converters import to_camel_case

from tests.graphql.play import NOON, Play, day
from tracker.domain import clock
from tracker.domain.database import fetch
from tracker.domain.evaluations.tables import CRITERIA, PRINCIPLES
from tracker.domain.milestones.evidence import ReceivedFile
from tracker.domain.projects.tables import Decision, DecisionState
from tracker.domain.status_reports.drafting import draft_reports


async def reports(play: Play, project: str, cities: dict[str, str]) -> None:
    ask, who = play.ask, "nairobi_coordinator"
    [first, *rest] = await numbered("milestone", project)
    own = {"projectId": project, "cityId": cities["nairobi"]}
    step = {"title": "More", "dueOn": day(140)}
    await ask("milestoneAdd", who, **own, input=step)
    more = {
        "reason": "The districts join.",
        "plannedEndOn": day(150),
        "newMilestones": [{**step, "cityId": cities["nairobi"]}] * 3,
        "weights": [{"milestoneId": first, "weight": 2}],
    }
    await ask("planChangePropose", who, **own, input={**more, "plannedEndOn": day(139)})
    change = await ask("planChangePropose", who, **own, input=more)
    await ask("planChangeAccept", "seoul_coordinator", id=change)
    others = [each for each in await numbered("milestone", project) if each not in (first, *rest)]
    await ask("milestoneMove", who, id=first, dueOn=day(50))
    await ask("milestoneMove", who, id=first, dueOn=day(50), reason="The tender was repeated.")
    await _changed(play, project, cities, first)
    await ask("milestoneStart", who, id=first, version=1)
    await ask("milestoneStart", who, id=first)
    link = {"title": "Screens", "url": "https://example.org/a"}
    await ask("milestoneAttach", who, id=first, evidence=[{**link, "url": "ftp://x"}])
    await ask("milestoneAttach", who, id=first, evidence=[link])
    scan = ReceivedFile("ab/cd", "minutes.pdf", "application/pdf", 12, "0" * 64)
    await ask("milestoneAttachFile", who, id=first, file=scan, title="Minutes")
    both = await numbered("evidence", project)
    await ask("milestoneDetach", who, id=first, evidenceId=both[-1])
    await ask("milestoneDetach", who, id=first, evidenceId=both[-1])
    await ask("milestoneSubmit", who, id=first, input={"completedOn": day(9)})
    await ask("milestoneSubmit", who, id=first, input={"completedOn": day(-2)})
    await ask("milestoneReturn", "seoul_coordinator", id=first, reason="A page is missing.")
    report = {"completedOn": play.today(), "evidence": [link]}
    await ask("milestoneSubmit", who, id=first, input=report, version=99)
    await ask("milestoneSubmit", who, id=first, input=report)
    await ask("milestoneAccept", "seoul_coordinator", id=first)
    many = [{"id": each, **report} for each in await numbered("milestone", project)]
    await ask("milestonesReport", who, input=[{**many[1], "version": 9}, many[0]])
    await ask("milestonesReport", who, input=[many[1]])
    await ask("milestoneAccept", "seoul_coordinator", id=others[0])
    others = others[1:]
    await ask("milestoneMiss", who, id=others[0], reason="No lawyers.")
    for other in others:
        await ask("milestoneWaive", "seoul_coordinator", id=other, reason="No lawyers.")
    await _values(play, project, cities["nairobi"])
    await _status_reports(play, project)


async def _changed(play: Play, project: str, cities: dict[str, str], first: str) -> None:
    """The agreed plan by both sides, and books."""
    ask, who, other = play.ask, "nairobi_coordinator", "seoul_coordinator"
    own = {"projectId": project, "cityId": cities["nairobi"]}
    line = {"title": "Lawyers", "amount": "12.50", "currency": "KES", "valueOn": day(-60)}
    wrong = {"reason": " ", "moves": [{"milestoneId": first, "dueOn": day(-9)}]}
    await ask("planChangePropose", who, **own, input=wrong)
    for verb, by in (("Accept", other), ("Refuse", other), ("Withdraw", who)):
        wanted = {
            "reason": "The tender was repeated.",
            "moves": [{"milestoneId": first, "dueOn": day(51)}],
            "newLines": [{**line, "cityId": cities["nairobi"]}],
        }
        if verb != "Accept":
            wanted["moves"] = [{"milestoneId": first, "dueOn": day(61)}]
        change = await ask("planChangePropose", who, **own, input=wanted)
        given = {"reason": "It is let."} if verb == "Refuse" else {}
        await ask(f"planChange{verb}", by, id=change, version=9, **given)
        await ask(f"planChange{verb}", by, id=change, version=1, **given)
    spent = {"type": "EXPENDITURE", "description": "Flights", "personDays": "2", "valueOn": day(-3)}
    await ask("transactionBook", who, **own, input={**spent, "currency": "KES"})
    booked = await ask("transactionBook", who, **own, input=spent)
    await ask("transactionReverse", who, id=booked, reason="")
    await ask("transactionReverse", who, id=booked, reason="They were cancelled.")


async def _measured(play: Play, project: str, city: str) -> str:
    """A period that both sides add to the agreed plan, with an indicator."""
    ask, who = play.ask, "nairobi_coordinator"
    own = {"projectId": project, "cityId": city}
    [gauge, *_], [result, *_] = [await numbered(each, project) for each in ("indicator", "result")]
    days = {"startsOn": day(-60), "endsOn": day(-55)}
    await ask("periodAdd", who, indicatorId=gauge, input=days)
    new = {
        "resultId": result, "title": "Visits", "measure": "UNIT", "ascending": True,
        "unit": "visits",
        "periods": [{"startsOn": day(9), "endsOn": day(90), "targetValue": "9.50"}],
    }  # fmt: skip
    series = {"indicatorId": gauge, "startsOn": day(30), "endsOn": day(40), "length": "YEAR"}
    one = {**days, "indicatorId": gauge}
    wanted = {
        "reason": "It shows more.",
        "newIndicators": [new],
        "newPeriods": [one],
        "newSeries": [{**series, "targetValue": "8"}],
    }
    wrong = {"newIndicators": [{**new, "unit": ""}], "newPeriods": [one, one]}
    await ask("planChangePropose", who, **own, input={**wanted, **wrong})
    change = await ask("planChangePropose", who, **own, input=wanted)
    await ask("planChangeAccept", "seoul_coordinator", id=change)
    [*_, added, _] = await numbered("period", project)
    return added


async def _status_reports(play: Play, project: str) -> None:
    ask, who = play.ask, "nairobi_coordinator"
    await ask("projectSetReportingRhythm", who, id=project, rhythm="MONTHLY", version=1)
    await ask("projectSetReportingRhythm", who, id=project, rhythm="MONTHLY")
    with clock.at(NOON + timedelta(days=45)):
        await draft_reports()
    rows = await fetch(
        "SELECT id FROM status_report WHERE project = $1 AND city = $2 ORDER BY id",
        int(project[8:]),
        play.cast.nairobi,
    )
    report = f"StatusReport:{rows[0]['id']}"
    fares = dict.fromkeys(("schedule", "outcomes", "budget", "partnership"), "GREEN")
    said = {**fares, "achieved": 'The "portal" \\ 한\x7f', "next": "More", "atRisk": "None"}
    await ask("addendumAdd", who, statusReportId=report, text="Too early.")
    await ask("statusReportEdit", who, id=report, input={**said, "next": "x" * 10_001})
    await ask("statusReportEdit", who, id=report, input=said, version=1)
    await ask("statusReportPublish", who, id=report)
    await ask("statusReportEdit", who, id=report, input={**said, "decisionNeeded": "None"})
    await ask("statusReportPublish", who, id=report, version=1)
    await ask("statusReportPublish", who, id=report)
    await ask("statusReportEdit", who, id=report, input=said)
    await ask("addendumAdd", who, statusReportId=report, text=" ")
    await ask("addendumAdd", who, statusReportId=report, text="There were 41.")


async def _values(play: Play, project: str, city: str) -> None:
    ask, who = play.ask, "nairobi_coordinator"
    [first, second, third] = await numbered("period", project)
    found = {"value": "12.50", "narrative": "Median"}
    await ask("valueReport", who, periodId=first, cityId=city, input={"numerator": "1"})
    many = [{"periodId": each, "cityId": city, **found} for each in (first, second)]
    await ask("valuesReport", who, input=[{**each, "value": None} for each in many])
    await ask("valuesReport", who, input=many[1:])
    [value] = await numbered("value", project)
    await ask("valueApprove", "seoul_approver", id=value)
    await ask("periodEdit", who, id=third, input={"startsOn": day(-3), "endsOn": day(-1)})
    await _drafted(play, project, await _measured(play, project, city), city)
    value = await ask("valueReport", who, periodId=first, cityId=city, input=found)
    await ask("valueReturn", "seoul_approver", id=value, note="Withdrawn ones too?")
    await ask("valueRevise", who, id=value, input={"value": "13"}, version=1)
    await ask("valueRevise", who, id=value, input={"value": "13"})
    await ask("valueApprove", "seoul_approver", id=value)
    corrected = {"value": "11", "narrative": ""}
    newer = await ask("valueCorrect", who, id=value, input=corrected, reason="Twice.")
    await ask("valueApprove", "seoul_approver", id=newer)
    await _said(play, newer)
    await ask("periodWaive", "officer", id=third, reason="Too late.")
    await ask("periodLock", who, id=first)
    await ask("periodLock", "officer", id=first)
    await ask("periodReopen", "officer", id=first, reason="A figure is wrong.")
    await ask("periodsLock", "officer", projectId=project, endedBy=day(-10))


async def _said(play: Play, value: str) -> None:
    """What the partner says of an approved value."""
    ask, who = play.ask, "nairobi_coordinator"
    await ask("valueConfirm", "seoul_coordinator", id=value)
    await ask("valueDispute", "seoul_coordinator", id=value, reason="", version=2)
    await ask("valueDispute", "seoul_coordinator", id=value, reason="The register says 12.")
    await ask("valueAnswer", who, id=value, text="Withdrawn ones are left out.")
    await ask("valueConfirm", "seoul_coordinator", id=value)


async def _drafted(play: Play, project: str, period: str, city: str) -> None:
    """A draft that is thrown away, one that is handed in."""
    ask, who = play.ask, "nairobi_coordinator"
    owned = {"periodId": period, "cityId": city}
    draft = await ask("valueDraft", who, **owned, input={"narrative": "Not yet"})
    await ask("valueDraft", who, **owned, input={"numerator": "1"})
    await ask("valueSubmit", who, id=draft)
    await ask("valueDiscard", who, id=draft, version=1)
    draft = await ask("valueDraft", who, **owned, input={})
    [*_, gender] = await numbered("dimension", project)
    halves = [
        {"dimensionId": gender, "category": each, "value": "6.25"} for each in ("women", "men")
    ]
    written = {"value": "12.5", "parts": halves}
    await ask("valueRedraft", who, id=draft, input={**written, "parts": halves * 2})
    await ask("valueRedraft", who, id=draft, input=written, version=1)
    await ask("valueAttach", who, id=draft, evidence=[{"title": "R", "url": "https://r.example"}])
    scan = ReceivedFile("cd/ef", "register.pdf", "application/pdf", 12, "1" * 64)
    await ask("valueAttachFile", who, id=draft, file=scan, title="Register")
    [*_, last] = await numbered("evidence", project)
    await ask("valueDetach", who, id=draft, evidenceId=last)
    await ask("valueSubmit", who, id=draft, version=2)
    await ask("valueApprove", "seoul_approver", id=draft)


async def ended(play: Play, project: str, cities: dict[str, str]) -> None:
    ask = play.ask
    await ask("projectFinalise", "nairobi_coordinator", id=project)
    await ask("projectClose", "officer", id=project)
    await _raised(play, project)
    await decide(play, project)
    scores = map(to_camel_case, CRITERIA + PRINCIPLES)
    looked = {
        **dict.fromkeys(scores, 5),
        "lessons": [{"title": "Law", "narrative": "Begin with it."}],
    }
    for side in ("seoul", "nairobi"):
        given = {"projectId": project, "cityId": cities[side]}
        partly = {"relevance": 4, "lessons": [{"title": "Law", "narrative": ""}]}
        for _ in range(2):
            await ask("evaluationDraft", f"{side}_coordinator", **given, input=partly)
        await ask("evaluationSubmit", f"{side}_coordinator", **given, input=looked)
    await ask("projectClose", "officer", id=project)
    await ask("projectReopen", "officer", id=project, reason="A figure was wrong.")


async def _raised(play: Play, project: str) -> None:
    """A question that is answered, one that is refused, and a requirement that is waived."""
    ask, who = play.ask, "nairobi_coordinator"
    theirs = {"question": "Who pays “all”?", "cityId": f"City:{play.cast.seoul}"}
    await ask("decisionEscalate", who, projectId=project, input={**theirs, "question": " "})
    asked = await ask("decisionEscalate", who, projectId=project, input=theirs)
    await ask("decisionGive", "seoul_mayor", id=asked)
    await ask("decisionAnswer", "seoul_mayor", id=asked, answer="We do.", version=1)
    office = await ask("decisionEscalate", who, projectId=project, input={"question": "And now?"})
    await ask("decisionRefuse", "officer", id=office, reason="Ask the mayors.")
    why = {"requirement": "EVALUATED", "question": "Nobody is left."}
    waiver = await ask("decisionAskWaiver", who, projectId=project, input=why)
    await ask("decisionAskWaiver", who, projectId=project, input=why)
    await ask("decisionGive", "officer", id=waiver)


async def given_up(play: Play, project: str, verb: str) -> None:
    ask = play.ask
    await ask("projectSubmit", "nairobi_coordinator", id=project)
    if verb == "Withdraw":
        await ask("projectWithdraw", "nairobi_coordinator", id=project)
        return
    await ask("projectReview", "officer", id=project)
    if verb == "Reject":
        [_, decision] = await numbered("decision", project)
        await ask("decisionRefuse", "seoul_mayor", id=decision, reason="No money.")
        await ask("decisionRefuse", "nairobi_mayor", id=decision, reason="No money.")
        await ask("projectReject", "officer", id=project, reason="Not e-government.")
        return
    await decide(play, project)
    await ask("projectAgree", "officer", id=project)
    await ask("projectCancel", "seoul_mayor", id=project, reason="The budget was cut.")


async def decide(play: Play, project: str) -> None:
    mayors = {play.cast.seoul: "seoul_mayor", play.cast.nairobi: "nairobi_mayor"}
    pending = Decision.objects().where(
        Decision.project == int(project[8:]), Decision.state == DecisionState.PENDING
    )
    for decision in await pending.order_by(Decision.id):
        await play.ask("decisionGive", mayors[decision.city], id=f"Decision:{decision.id}")


async def numbered(noun: str, project: str) -> list[str]:
    rows = await fetch(f"SELECT id FROM {noun} WHERE project = $1 ORDER BY id", int(project[8:]))
    return [f"{noun.capitalize()}:{row['id']}" for row in rows]
