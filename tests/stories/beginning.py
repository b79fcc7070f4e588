"""How it began: an offer, a request, a proposal with its plan, and what mayors decided on it."""

from decimal import Decimal as D

from tests.stories.telling import Row, Teller

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


async def offer_and_request(story: Teller) -> None:
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


async def proposal(story: Teller) -> None:
    with story.on("2023-12-01"):
        plan: Row = {
            "title": "Permits without queues", "summary": "Seoul's permits in Nairobi.",
            "plannedStartOn": "2024-02-01", "plannedEndOn": "2026-01-31",
            "donorCityId": story.seoul, "recipientCityId": story.nairobi,
            "practiceId": story.ids["practice"], "requestId": story.ids["request"],
            "themes": ["permits"],
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


async def decisions(story: Teller) -> None:
    project = {"id": story.ids["project"]}
    with story.on("2023-12-11"):
        await story.do("officer", "projectReview", **project)
        asked = await story.sees("decisions { nodes { id kind state deadlineOn city { name } } }")
        assert [(each["kind"], each["deadlineOn"]) for each in asked["decisions"]["nodes"]] == (
            [("ENDORSE", "2024-01-01")] * 2  # 21 days on
        )
    with story.on("2023-12-18"):
        endorsements = await on_desks(story)
        await story.do("nairobi_mayor", "decisionGive", id=endorsements["Nairobi"])
        unmet = await story.refused("officer", "projectAgree", **project)
        assert any("Seoul" in each for each in unmet), unmet
        await story.do("seoul_mayor", "decisionGive", id=endorsements["Seoul"])
    with story.on("2023-12-20"):
        await story.do("officer", "projectAgree", **project)
    with story.on("2024-01-08"):
        signatures = await on_desks(story)
        await story.do("seoul_mayor", "decisionGive", id=signatures["Seoul"])
        await _signed_by_deputy(story, signatures["Nairobi"])
    with story.on("2024-02-06"):
        begun = {"actualStartOn": "2024-02-05"}
        assert await _replications(story) == 0
        await story.do("seoul_coordinator", "projectStart", **project, **begun)
        assert await _replications(story) == 1


async def _replications(story: Teller) -> int:
    """How long the record of Seoul's practice is."""
    found = await story.sees("practice { replications { totalCount } }")
    count: int = found["practice"]["replications"]["totalCount"]
    return count


async def _signed_by_deputy(story: Teller, signature: str) -> None:
    """Nairobi's mayor travels; her chief information officer signs for her."""
    await story.refused(await story.named("nairobi_cio"), "decisionGive", id=signature)
    mandate = {"personId": f"Person:{story.cast.nairobi_cio.person_id}",
               "startsOn": "2024-01-08", "endsOn": "2024-01-12"}  # fmt: skip
    await story.do("nairobi_mayor", "delegationGrant", cityId=story.nairobi, input=mandate)
    await story.do(await story.named("nairobi_cio"), "decisionGive", id=signature)


async def on_desks(story: Teller) -> dict[str, str]:
    """Name of the city -> the decision that waits for its mayor."""
    found = await story.sees("decisions { nodes { id state city { name } } }")
    rows = found["decisions"]["nodes"]
    return {each["city"]["name"]: each["id"] for each in rows if each["state"] == "PENDING"}
