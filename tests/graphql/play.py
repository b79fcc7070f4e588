"""A whole life of the portfolio in mutations, done and refused: every mutation there is."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from asyncpg import Connection
from graphql import GraphQLNonNull
from strawberry.utils.str_converters import to_camel_case

from tests.cast import Cast
from tests.conftest import empty
from tests.factories import today
from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.database import fetch
from tracker.domain.evaluations.tables import CRITERIA, PRINCIPLES
from tracker.domain.milestones.evidence import ReceivedFile
from tracker.domain.projects.tables import Decision, DecisionState
from tracker.domain.status_reports.drafting import draft_reports
from tracker.graphql import graphql_schema
from tracker.graphql.planner.declare import Many, One, Scalar
from tracker.graphql.planner.kinds import JSON
from tracker.graphql.registry import registry
from tracker.graphql.schema import PERFORMABLE
from tracker.migrations import TABLES

Way = Callable[[str, dict[str, Any], Actor], Awaitable[bytes]]

NOON = datetime(2026, 6, 1, 12, 30, 15, 999_999, tzinfo=UTC)

PROBLEMS = "problems { __typename field code message currentVersion changedFields }"


def day(days: int = 0) -> str:
    """A day near the frozen present."""
    return str(NOON.date() + timedelta(days=days))


def plain(node: str) -> str:
    """The type's own columns, which need no statement where the type is a part of a project."""
    fields = registry.declarations[node].fields.items()
    return " ".join(name for name, each in fields if isinstance(each, Scalar) and each.column)


def everything(node: str) -> str:
    """All scalars, and something of everything that is related; no stored JSON, in which the ways
    differ by white space."""
    lines = ["__typename ... on Node { id }"]
    for name, field in registry.declarations[node].fields.items():
        if isinstance(field, Scalar):
            if field.kind is not JSON:
                lines.append(name)
        elif isinstance(field, One):
            lines.append(f"{name} {{ id }}")
        elif isinstance(field, Many):
            lines.append(f"{name}(first: 2) {{ totalCount nodes {{ id }} }}")
    return " ".join(lines)


def document(name: str, arguments: dict[str, Any], selection: Callable[[str], str]) -> str:
    """The mutation with a variable for each argument that is given."""
    assert graphql_schema.mutation_type
    field = graphql_schema.mutation_type.fields[name]
    kind: Any = field.type
    payload = (kind.of_type if isinstance(kind, GraphQLNonNull) else kind).fields
    [row] = [each for each in payload if each not in ("problems", "secret")]
    declared = ", ".join(f"${each}: {field.args[each].type}" for each in arguments)
    passed = ", ".join(f"{each}: ${each}" for each in arguments)
    secret = "secret" if "secret" in payload else ""
    inner = f"__typename {row} {{ {selection(PERFORMABLE[name].mutation.node)} }} {secret}"
    return f"mutation({declared}) {{ {name}({passed}) {{ {inner} {PROBLEMS} }} }}"


class Play:
    """Asks one mutation after the other, and keeps the answers' bytes."""

    def __init__(self, cast: Cast, way: Way, selection: Callable[[str], str]) -> None:
        self.cast, self.way, self.selection = cast, way, selection
        self.answers: list[tuple[str, bytes]] = []
        self.instants = (NOON + timedelta(minutes=7 * n) for n in range(1000))

    async def ask(self, name: str, who: str, **arguments: Any) -> str:
        """Do it, after the auditor was refused; the id of the row, or "" when it was refused."""
        text = document(name, arguments, self.selection)
        found: dict[str, Any] = {}
        for actor in (self.cast.auditor, self.cast[who]):
            with clock.at(next(self.instants)):
                body = await self.way(text, arguments, actor)
            self.answers.append((name, timeless(name, body)))
            found = orjson.loads(body)
        assert "errors" not in found, found
        payload = found["data"][name]
        row = next(v for k, v in payload.items() if k not in ("__typename", "problems", "secret"))
        return "" if payload["problems"] or not isinstance(row, dict) else str(row["id"])


def timeless(name: str, body: bytes) -> bytes:
    """The answer without secrets, and without the instants of the ledger, which goes by the
    database's clock."""
    if name.startswith("digestIssue"):
        body = re.sub(rb"20\d\d-\d\d-\d\dT[\d:]+Z", b"", body)
    return re.sub(rb"est_[\w-]+", b"est_", body)


async def begin_afresh(owner: Connection) -> None:
    """Nothing but the cast; rows made from now on get the numbers that they got last time."""
    await empty(owner)
    numbered = (each for each in TABLES if each._meta.primary_key._meta.name == "id")
    for name in (each._meta.tablename for each in numbered):
        await owner.execute(
            f"SELECT setval(pg_get_serial_sequence('{name}', 'id'),"
            f" (SELECT coalesce(max(id), 0) + 1 FROM {name}), false)"
        )
    for sequence in ("project_code", "milestone_past_id_seq"):
        await owner.execute(f"SELECT setval('{sequence}', 1, false)")


async def life(play: Play) -> None:
    """A whole life of the portfolio, with what goes wrong in it."""
    cast = play.cast
    cities = {name: f"City:{getattr(cast, name)}" for name in ("seoul", "nairobi", "lima")}
    await _people(play)
    await _offers(play, cities)
    project = await _proposed(play, cities)
    await _plan(play, project, cities)
    await _agreed(play, project)
    await _reports(play, project, cities)
    await _ended(play, project, cities)
    for verb in ("Withdraw", "Reject", "Cancel"):
        other = await _proposed(play, cities)
        await _given_up(play, other, verb)


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
    await play.ask("digestIssueSendNow", "nairobi_coordinator", personId=owner)
    await play.ask("digestSubscriptionUnsubscribe", "nairobi_coordinator", id=digest)


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
    on = {"subjectType": "MILESTONE", "subjectNumber": int(milestone.partition(":")[2])}
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
    [*_, extra] = await _ids("period", project)
    await ask("periodRemove", who, id=extra, version=1)


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


async def _decide(play: Play, project: str) -> None:
    mayors = {play.cast.seoul: "seoul_mayor", play.cast.nairobi: "nairobi_mayor"}
    pending = Decision.objects().where(
        Decision.project == int(project[8:]), Decision.state == DecisionState.PENDING
    )
    for decision in await pending.order_by(Decision.id):
        await play.ask("decisionGive", mayors[decision.city], id=f"Decision:{decision.id}")


async def _agreed(play: Play, project: str) -> None:
    ask = play.ask
    await ask("projectSubmit", "nairobi_coordinator", id=project)
    await ask("projectReturn", "officer", id=project, reason="Why?", version=99)
    await ask("projectReview", "officer", id=project)
    await ask("projectReturn", "officer", id=project, reason="Say who pays.")
    await ask("projectSubmit", "nairobi_coordinator", id=project)
    await ask("projectReview", "officer", id=project)
    await ask("projectAgree", "officer", id=project)
    await _decide(play, project)
    await ask("projectAgree", "officer", id=project)
    await _decide(play, project)
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
    await _decide(play, project)


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


async def _reports(play: Play, project: str, cities: dict[str, str]) -> None:
    ask, who = play.ask, "nairobi_coordinator"
    [first, *_] = await _ids("milestone", project)
    step = {"title": "More", "dueOn": day(40)}
    others = [
        await ask("milestoneAdd", who, projectId=project, cityId=cities["nairobi"], input=step)
        for _ in range(3)
    ]
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
    both = await _ids("evidence", project)
    await ask("milestoneDetach", who, id=first, evidenceId=both[-1])
    await ask("milestoneDetach", who, id=first, evidenceId=both[-1])
    await ask("milestoneSubmit", who, id=first, input={"completedOn": day(9)})
    await ask("milestoneSubmit", who, id=first, input={"completedOn": day(-2)})
    await ask("milestoneReturn", "seoul_coordinator", id=first, reason="A page is missing.")
    report = {"completedOn": day(-2), "evidence": [link]}
    await ask("milestoneSubmit", who, id=first, input=report, version=99)
    await ask("milestoneSubmit", who, id=first, input=report)
    await ask("milestoneAccept", "seoul_coordinator", id=first)
    many = [{"id": each, **report} for each in await _ids("milestone", project)]
    await ask("milestonesReport", who, input=[{**many[1], "version": 9}, many[0]])
    await ask("milestonesReport", who, input=[many[1]])
    await ask("milestoneAccept", "seoul_coordinator", id=others[0])
    others = others[1:]
    await ask("milestoneMiss", who, id=others[0], reason="No lawyers.")
    for other in others:
        await ask("milestoneWaive", "seoul_coordinator", id=other, reason="No lawyers.")
    await _values(play, project, cities["nairobi"])
    await _status_reports(play, project)


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
    [first, second, third] = await _ids("period", project)
    found = {"value": "12.50", "narrative": "Median"}
    await ask("valueReport", who, periodId=first, cityId=city, input={"numerator": "1"})
    many = [{"periodId": each, "cityId": city, **found} for each in (first, second)]
    await ask("valuesReport", who, input=[{**each, "value": None} for each in many])
    await ask("valuesReport", who, input=many[1:])
    [value] = await _ids("value", project)
    await ask("valueApprove", "seoul_approver", id=value)
    await ask("periodEdit", who, id=third, input={"startsOn": day(-3), "endsOn": day(-1)})
    more = await ask("periodAdd", who, indicatorId=(await _ids("indicator", project))[0],
                     input={"startsOn": day(-60), "endsOn": day(-55)})  # fmt: skip
    await _drafted(play, project, more, city)
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
    [*_, gender] = await _ids("dimension", project)
    halves = [
        {"dimensionId": gender, "category": each, "value": "6.25"} for each in ("women", "men")
    ]
    written = {"value": "12.5", "parts": halves}
    await ask("valueRedraft", who, id=draft, input={**written, "parts": halves * 2})
    await ask("valueRedraft", who, id=draft, input=written, version=1)
    await ask("valueAttach", who, id=draft, evidence=[{"title": "R", "url": "https://r.example"}])
    scan = ReceivedFile("cd/ef", "register.pdf", "application/pdf", 12, "1" * 64)
    await ask("valueAttachFile", who, id=draft, file=scan, title="Register")
    [*_, last] = await _ids("evidence", project)
    await ask("valueDetach", who, id=draft, evidenceId=last)
    await ask("valueSubmit", who, id=draft, version=2)
    await ask("valueApprove", "seoul_approver", id=draft)


async def _ended(play: Play, project: str, cities: dict[str, str]) -> None:
    ask = play.ask
    await ask("projectFinalise", "nairobi_coordinator", id=project)
    await ask("projectClose", "officer", id=project)
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


async def _given_up(play: Play, project: str, verb: str) -> None:
    ask = play.ask
    await ask("projectSubmit", "nairobi_coordinator", id=project)
    if verb == "Withdraw":
        await ask("projectWithdraw", "nairobi_coordinator", id=project)
        return
    await ask("projectReview", "officer", id=project)
    if verb == "Reject":
        [_, decision] = await _ids("decision", project)
        await ask("decisionRefuse", "seoul_mayor", id=decision, reason="No money.")
        await ask("decisionRefuse", "nairobi_mayor", id=decision, reason="No money.")
        await ask("projectReject", "officer", id=project, reason="Not e-government.")
        return
    await _decide(play, project)
    await ask("projectAgree", "officer", id=project)
    await ask("projectCancel", "seoul_mayor", id=project, reason="The budget was cut.")


async def _ids(noun: str, project: str) -> list[str]:
    rows = await fetch(f"SELECT id FROM {noun} WHERE project = $1 ORDER BY id", int(project[8:]))
    return [f"{noun.capitalize()}:{row['id']}" for row in rows]
