"""A whole life of the portfolio in mutations, done and refused: every mutation there is."""

from typing import Any

from tests.factories import today
from tests.graphql.play import Play, day
from tests.graphql.work import decide, ended, given_up, numbered, reports
from tracker.domain.database import fetch


async def life(play: Play) -> None:
    """A whole life of the portfolio, with what goes wrong in it."""
    cast = play.cast
    cities = {name: f"City:{getattr(cast, name)}" for name in ("seoul", "nairobi", "lima")}
    await _people(play)
    await _offers(play, cities)
    project = await _proposed(play, cities)
    await _plan(play, project, cities)
    await _agreed(play, project)
    await reports(play, project, cities)
    await ended(play, project, cities)
    for verb in ("Withdraw", "Reject", "Cancel"):
        other = await _proposed(play, cities)
        await given_up(play, other, verb)


async def _people(play: Play) -> None:
    rows = [{"number": 2, "name": "Vladivostok", "country": "RU"}]
    await play.ask("citiesImport", "administrator", rows=rows)
    await play.ask("citiesImport", "administrator", rows=[{**rows[0], "country": "GR"}])
    rate = {"currency": "KES", "ratedOn": day(-60), "rate": "150.25"}
    await play.ask("ratesImport", "administrator", rates=[rate])
    await play.ask("ratesImport", "administrator", rates=[])
    draft = {"email": "new@example.org", "name": "Ngũgĩ “N”", "timeZone": "Africa/Nairobi"}
    person = await play.ask("personAdd", "administrator", input=draft)
    await play.ask("personAdd", "administrator", input=draft)
    profile = {"name": "Another name", "language": "ko"}
    await play.ask("personEditProfile", "administrator", id=person, input=profile)
    for kind in ("MENTION", "DIGEST", "ACCOUNT"):
        await play.ask("personChooseMails", "administrator", id=person, kind=kind, wanted=False)
    hours = {"quietFrom": 20, "quietUntil": 7}
    await play.ask("personSetQuietHours", "administrator", id=person, input=hours)
    await play.ask("personSetQuietHours", "administrator", id=person, input={"quietFrom": 24})
    membership = await play.ask(
        "membershipGrant", "administrator", personId=person, role="OFFICER", cityId=None
    )
    await play.ask("membershipEnd", "administrator", id=membership)
    days = {"startsOn": str(today(3)), "endsOn": str(today(9))}
    mandate = {"personId": f"Person:{play.cast.nairobi_cio.person_id}", **days}
    city = f"City:{play.cast.nairobi}"
    delegation = await play.ask("delegationGrant", "nairobi_mayor", cityId=city, input=mandate)
    await play.ask("delegationGrant", "nairobi_mayor", cityId=city, input=mandate)
    await play.ask("delegationEnd", "nairobi_cio", id=delegation)
    owner = f"Person:{play.cast.nairobi_coordinator.person_id}"
    token = await play.ask(
        "apiTokenIssue", "nairobi_coordinator", personId=owner, days=30, readOnly=True
    )
    await play.ask("apiTokenRevoke", "nairobi_coordinator", id=token)
    invitation = await play.ask(
        "invitationSend",
        "administrator",
        input={"email": "asked@example.org", "role": "CIO", "cityId": f"City:{play.cast.lima}"},
    )
    await play.ask("invitationSend", "nairobi_mayor", input={"email": "no", "role": "OFFICER"})
    await play.ask("invitationResend", "administrator", id=invitation)
    await play.ask("invitationWithdraw", "administrator", id=invitation)
    await play.ask("invitationWithdraw", "administrator", id=invitation)
    provider = {"issuer": "https://login.example.org", "clientId": "tracker", "clientSecret": "x"}
    where = f"City:{play.cast.lima}"
    sign_on = await play.ask("signOnSetUp", "administrator", cityId=where, input=provider)
    await play.ask("signOnConfirm", "administrator", id=sign_on or "SignOn:1")
    await play.ask("signOnRemove", "lima_mayor", id=sign_on or "SignOn:1")
    await play.ask("signOnRemove", "administrator", id=sign_on or "SignOn:1")
    await play.ask("signOnSetUp", "lima_mayor", cityId=where, input={**provider, "issuer": "no"})
    schedule = {"hour": 7}
    digest = await play.ask(
        "digestSubscriptionSubscribe", "nairobi_coordinator", personId=owner, input=schedule
    )
    await play.ask(
        "digestSubscriptionEdit", "nairobi_coordinator", id=digest, input=schedule, version=9
    )
    await play.ask("digestSubscriptionEdit", "nairobi_coordinator", id=digest, input={"hour": 9})
    issue = await play.ask("digestIssueSendNow", "nairobi_coordinator", personId=owner)
    for who in ("nairobi_coordinator", "nairobi_mayor"):
        await play.ask("digestIssueAnswer", who, id=issue, verdict="USEFUL")
    await play.ask("digestSubscriptionUnsubscribe", "nairobi_coordinator", id=digest)
    await _mails(play)


async def _mails(play: Play) -> None:
    """What no mutation does with mails: the worker's part."""
    [mail] = await fetch("SELECT max(id) AS id FROM delivery WHERE kind = 'digest'")
    number, why = f"Delivery:{mail['id']}", "It was lost."
    await play.ask("deliveryResend", "administrator", id=number, reason=why)
    await fetch(
        "UPDATE delivery SET state = 'in_doubt', address = 'a@example.org', message = 'M',"
        " message_id = '<1@example.org>' WHERE id = $1",
        mail["id"],
    )
    for arrived in (False, True):
        await play.ask("deliveryRelease", "administrator", id=number, arrived=arrived, reason=why)
    await fetch("UPDATE delivery SET state = 'cancelled' WHERE id = $1", mail["id"])
    await play.ask("deliveryResend", "administrator", id=number, reason="")
    await play.ask("deliveryResend", "administrator", id=number, reason=why)
    lifted = ""
    for address in ("B@example.org", "b@example.org", "b"):
        made = await play.ask("suppressionAdd", "administrator", address=address, reason=why)
        lifted = made or lifted
    for _ in range(2):
        await play.ask("suppressionLift", "administrator", id=lifted, reason=why)


async def _offers(play: Play, cities: dict[str, str]) -> None:
    draft = {"title": 'One "counter" \\ for all', "summary": "Words\n\tand more", "themes": ["a"]}
    practice = await play.ask(
        "practiceDraft", "seoul_coordinator", cityId=cities["seoul"], input=draft
    )
    await play.ask("practicePublish", "seoul_coordinator", id=practice, version=1)
    whole = {**draft, "transferNeeds": "Lawyers", "resultsEvidence": "A study"}
    await play.ask("practiceEdit", "seoul_coordinator", id=practice, input=whole, version=7)
    await play.ask("practiceEdit", "seoul_coordinator", id=practice, input=whole, version=1)
    await play.ask("practicePublish", "seoul_coordinator", id=practice)
    await play.ask("practiceArchive", "seoul_coordinator", id=practice)
    need = {"title": "Permits", "need": "Quick ones", "deadlineOn": day(9)}
    request = await play.ask(
        "requestOpen", "nairobi_coordinator", cityId=cities["nairobi"], input=need
    )
    late = {**need, "deadlineOn": day(-9)}
    await play.ask("requestEdit", "nairobi_coordinator", id=request, input=late, version=1)
    await play.ask("requestEdit", "nairobi_coordinator", id=request, input=need, version=1)
    await play.ask("requestWithdraw", "nairobi_coordinator", id=request)


def _proposal() -> dict[str, Any]:
    return {
        "title": "Permits without queues",
        "summary": "한국어 – “quoted”\\, tab\tand\nlines\x7f\x1f",
        "plannedStartOn": day(-60),
        "plannedEndOn": day(120),
        "sdgGoals": [11, 16],
        "sectors": [{"code": "15185", "percentage": "100.00"}],
    }


async def _proposed(play: Play, cities: dict[str, str]) -> str:
    sides = {"donorCityId": cities["seoul"], "recipientCityId": cities["nairobi"]}
    plan = _proposal()
    wrong = {**plan, "donorCityId": "Project:1", "recipientCityId": "x"}
    await play.ask("projectPropose", "nairobi_coordinator", input=wrong)
    project = await play.ask("projectPropose", "nairobi_coordinator", input={**plan, **sides})
    await play.ask("projectEdit", "nairobi_coordinator", id=project, input={**plan, "summary": ""})
    await play.ask("projectEdit", "nairobi_coordinator", id=project, input=plan, version=1)
    return project


async def _plan(play: Play, project: str, cities: dict[str, str]) -> None:
    ask, who = play.ask, "nairobi_coordinator"
    step = {
        "title": "Portal “live” \\ 1",
        "dueOn": day(30),
        "acceptanceCriteria": 'A "b"\n\x1f한\x7f\u2028',
    }
    owned = {"projectId": project, "cityId": cities["nairobi"]}
    await ask("milestoneAdd", who, projectId=project, cityId=cities["lima"], input=step)
    milestone = await ask("milestoneAdd", who, **owned, input=step)
    spare = await ask("milestoneAdd", who, **owned, input={**step, "kind": "GO_LIVE"})
    await ask("milestoneEdit", who, id=milestone, input={**step, "weight": 101}, version=1)
    await ask("milestoneEdit", who, id=milestone, input={**step, "weight": 3}, version=1)
    await ask("milestoneEdit", who, id=milestone, input=step, version=1)
    await ask("milestoneMove", who, id=milestone, dueOn=day(33), version=2)
    await ask("milestoneRemove", who, id=spare)
    await ask("milestoneRemove", who, id=spare)
    line = {"title": "Lawyers", "amount": "12.50", "currency": "KES", "valueOn": day(-60)}
    await ask("budgetLineAdd", who, **owned, input={**line, "currency": "KESH"})
    budget = await ask("budgetLineAdd", who, **owned, input=line)
    await ask("budgetLineEdit", who, id=budget, input={**line, "amount": "13"}, version=1)
    await ask("budgetLineRemove", who, id=budget, version=1)
    await ask("budgetLineRemove", who, id=budget)
    on = {"subjectId": milestone}
    await ask("commentAdd", who, input={**on, "text": " ", "personIds": ["Person:999"]})
    said = await ask("commentAdd", who, input={**on, "text": "Who “pays”?"})
    await ask("commentEdit", who, id=said, input={"text": "Who pays?"}, version=1)
    await ask("commentEdit", who, id=said, input={"text": "Who pays?"}, version=1)
    await ask("commentWithdraw", who, id=said)
    risk = {"title": "No “law”", "impact": 4, "probability": 2, "reviewOn": day(30)}
    await ask("riskAdd", who, **owned, input={**risk, "impact": 6, "type": "ISSUE"})
    held = await ask("riskAdd", who, **owned, input=risk)
    await ask("riskEdit", who, id=held, input={"title": "No law"}, version=1)
    again = {"impact": 5, "probability": 2, "reviewOn": day(20), "note": "Heard."}
    await ask("riskAssess", who, id=held, input=again, version=1)
    await ask("riskAssess", who, id=held, input=again)
    happened = {"impact": 3, "reviewOn": day(20), "occurredOn": day(-2)}
    await ask("riskMaterialise", who, id=held, input=happened)
    for verb in ("riskMitigate", "riskReopen", "riskClose"):
        await ask(verb, who, id=held, reason="So it is.")
    result = {"type": "OUTCOME", "title": "Permits are quick", "benefit": "BOTH"}
    measured = await ask("resultAdd", who, projectId=project, input=result)
    gauge = {
        "title": "Days to a permit",
        "measure": "UNIT",
        "ascending": False,
        "unit": "days",
        "baselineValue": "40.50",
        "baselineOn": day(-90),
        "periods": [{"startsOn": day(-50), "endsOn": day(-10), "targetValue": "10"}],
    }
    indicator = await ask("indicatorAdd", who, resultId=measured, input=gauge)
    del gauge["periods"]
    await ask("indicatorEdit", who, id=indicator, input={**gauge, "unit": ""}, version=1)
    await ask("indicatorEdit", who, id=indicator, input={**gauge, "title": "Days"}, version=1)
    span = {"startsOn": day(-9), "endsOn": day(9), "targetValue": "8.500"}
    await ask("periodAdd", who, indicatorId=indicator, input={**span, "startsOn": day(-11)})
    await ask("periodAdd", who, indicatorId=indicator, input=span)
    later = {"startsOn": day(10), "endsOn": day(20)}
    third = await ask("periodAdd", who, indicatorId=indicator, input=later)
    await ask("periodEdit", who, id=third, input={**later, "targetValue": "80"}, version=1)
    await ask("periodEdit", who, id=third, input={**later, "targetValue": "8"}, version=1)
    series = {"startsOn": day(21), "endsOn": day(21), "length": "MONTH", "spread": "LINEAR"}
    await ask("periodsGenerate", who, indicatorId=indicator, input={**series, "endsOn": day(5)})
    await ask("periodsGenerate", who, indicatorId=indicator, input=series)
    broken_down = {"name": "gender", "categories": ["women", "men"]}
    await ask("dimensionAdd", who, indicatorId=indicator, input={**broken_down, "name": ""})
    spare = await ask("dimensionAdd", who, indicatorId=indicator, input=broken_down)
    await ask("dimensionRemove", who, id=spare, version=1)
    gender = await ask("dimensionAdd", who, indicatorId=indicator, input=broken_down)
    three = {**broken_down, "categories": ["women", "men", "others"]}
    await ask("dimensionEdit", who, id=gender, input=three, version=1)
    await _library(play, project)
    [*_, extra] = await numbered("period", project)
    await ask("periodRemove", who, id=extra, version=1)
    spare = await ask("resultAdd", who, projectId=project, input={**result, "title": "Spare"})
    reworded = {**result, "title": "Nobody waits “long”", "benefit": "DONOR"}
    await ask("resultEdit", who, id=spare, input={**reworded, "title": " "}, version=1)
    await ask("resultEdit", who, id=spare, input=reworded, version=1)
    await ask("resultEdit", who, id=spare, input={"title": "Nobody waits"}, version=1)
    unneeded = await ask("indicatorAdd", who, resultId=spare, input={**gauge, "title": "Waiting"})
    await ask("dimensionAdd", who, indicatorId=unneeded, input=broken_down)
    await ask("resultRemove", who, id=spare, version=2)
    await ask("indicatorRemove", who, id=unneeded, version=1)
    await ask("resultRemove", who, id=spare, version=2)
    await ask("resultRemove", who, id=spare)


async def _library(play: Play, project: str) -> None:
    """A ready indicator that is made, adopted, retired and offered again."""
    ask, who = play.ask, "officer"
    ready = {
        "title": "Delegations received", "resultTitle": "Known abroad", "resultType": "OUTPUT",
        "benefit": "DONOR", "measure": "UNIT", "ascending": True, "accumulation": "PERIOD",
        "aggregation": "SUM", "unit": "delegations",
    }  # fmt: skip
    await ask("indicatorDefinitionAdd", who, input={**ready, "unit": ""})
    number = await ask("indicatorDefinitionAdd", who, input=ready)
    await ask("indicatorDefinitionEdit", who, id=number, input={**ready, "unit": "visits"})
    await ask("indicatorDefinitionRetire", who, id=number, version=2)
    one = {"projectId": project, "definitionId": number}
    await ask("indicatorAdopt", "nairobi_coordinator", **one, input={})
    await ask("indicatorDefinitionRestore", who, id=number)
    await ask("indicatorAdopt", "nairobi_coordinator", **one, input={"baselineValue": "1"})
    zero = {"baselineValue": "0", "baselineOn": day(-90)}
    await ask("indicatorAdopt", "nairobi_coordinator", **one, input=zero)


async def _agreed(play: Play, project: str) -> None:
    ask = play.ask
    await ask("projectSubmit", "nairobi_coordinator", id=project)
    await ask("projectReturn", "officer", id=project, reason="Why?", version=99)
    await ask("projectReview", "officer", id=project)
    await ask("projectReturn", "officer", id=project, reason="Say who pays.")
    await ask("projectSubmit", "nairobi_coordinator", id=project)
    await ask("projectReview", "officer", id=project)
    await ask("projectAgree", "officer", id=project)
    await decide(play, project)
    await ask("projectAgree", "officer", id=project)
    await decide(play, project)
    await ask("projectStart", "seoul_coordinator", id=project, actualStartOn=day(9))
    await ask("projectStart", "seoul_coordinator", id=project, actualStartOn=day(-58))
    await ask("projectReportHealth", "nairobi_coordinator", id=project, health="AMBER")
    tolerances = {"amberDays": 3, "redDays": 10, "amberShare": "0.8", "redShare": "0.5",
                  "staleDays": 60}  # fmt: skip
    await ask("projectSetTolerances", "officer", id=project, input=tolerances)
    await ask("projectSetTolerances", "officer", id=project, input=tolerances | {"redDays": 3})
    await _hidden_and_shown(play, project)
    await ask("projectSuspend", "officer", id=project, reason="Elections.")
    await ask("projectResume", "officer", id=project)


async def _hidden_and_shown(play: Play, project: str) -> None:
    ask = play.ask
    await ask("projectAskConceal", "nairobi_coordinator", id=project, reason="The tender runs.")
    await ask("projectAskConceal", "officer", id=project, reason="The tender runs.")
    await ask("projectConcealAtOnce", "officer", id=project, reason="Names of residents.")
    await ask("projectAskDisclose", "officer", id=project, reason="The names are gone.")
    await decide(play, project)
