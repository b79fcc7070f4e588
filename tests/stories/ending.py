"""The end: the work is done, both cities look back, the project closes, the next one learns from
it, and a year later it is measured what lasted."""

import hashlib
from decimal import Decimal as D
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from tests.stories.beginning import INDICATORS
from tests.stories.measuring import achieved, told
from tests.stories.telling import Row, Teller
from tests.stories.working import report_read
from tracker.domain.evaluations.tables import CRITERIA, PRINCIPLES

SCORES = {
    "seoul": ((6, 5, 5, 3, 5, 4), (4, 4, 3, 5, 4, 4, 5, 3, 2, 5)),
    "nairobi": ((6, 4, 5, 2, 6, 4), (5, 3, 2, 5, 4, 3, 5, 4, 3, 5)),
}
"""City -> its scores by the criteria and by the principles, in their orders."""

LESSONS = {
    "seoul": ("Train analysts before the tender", "They wrote half of it."),
    "nairobi": ("Begin with the legal review", "A decree took the place of a law."),
}


async def done(story: Teller) -> None:
    """The work is done; what was published two years ago is what it was."""
    project = {"id": story.ids["project"]}
    with story.on("2026-02-10"):
        ended = {"actualEndOn": "2026-01-30"}
        await story.do("nairobi_coordinator", "projectFinalise", **project, **ended)
        missing = await story.refused("officer", "projectClose", **project)
        assert any("Seoul" in each and "Nairobi" in each for each in missing), missing
        assert await story.sees("state actualEndOn") == {"state": "FINALISING", **ended}
    report = await report_read(story)
    assert report["document"] == story.ids["frozen"]
    assert report["sha256"] == hashlib.sha256(report["document"].encode()).hexdigest()
    assert [each["text"] for each in report["addenda"]["nodes"]] == [
        "The team is there since 12 March."
    ]


async def evaluated(story: Teller) -> None:
    """Each city looks back without having read what the other one says."""
    with story.on("2026-02-12"):
        partly = {"relevance": 5, "lessons": [{"title": "Analysts", "narrative": ""}]}
        where = {**story.project, "cityId": story.seoul}
        await story.do("seoul_coordinator", "evaluationDraft", **where, input=partly)
        await _look_back(story, "seoul")
        for who, seen in (("seoul_mayor", 1), ("nairobi_coordinator", 0), ("officer", 0)):
            assert len(await _answers(story, who)) == seen, who
    with story.on("2026-02-16"):
        await _look_back(story, "nairobi")
        for who in ("seoul_mayor", "nairobi_coordinator", "officer"):
            assert await _answers(story, who) == {
                name.capitalize(): criteria + principles
                for name, (criteria, principles) in SCORES.items()
            }, who
        assert await _answers(story, "lima_coordinator") == {}
        assert await story.sees("evaluationMean") == {"evaluationMean": None}, "not closed yet"


async def _look_back(story: Teller, city: str) -> None:
    criteria, principles = SCORES[city]
    scores = zip(map(to_camel_case, CRITERIA + PRINCIPLES), criteria + principles, strict=True)
    title, narrative = LESSONS[city]
    answers = {**dict(scores), "lessons": [{"title": title, "narrative": narrative}]}
    where = {**story.project, "cityId": getattr(story, city)}
    await story.do(f"{city}_coordinator", "evaluationSubmit", **where, input=answers)


async def _answers(story: Teller, who: str) -> dict[str, tuple[int, ...]]:
    """Name of the city -> its scores, as somebody reads them."""
    names = " ".join(map(to_camel_case, CRITERIA + PRINCIPLES))
    found = await story.sees(f"evaluations {{ nodes {{ city {{ name }} {names} }} }}", who)
    rows = found["evaluations"]["nodes"]
    return {each.pop("city")["name"]: tuple(each.values()) for each in rows}


async def accepted(story: Teller) -> None:
    """Nairobi's mayor takes over what was brought about: without that nothing is closed."""
    with story.on("2026-02-18"):
        found = await story.sees("decisions { nodes { id kind state deadlineOn city { name } } }")
        [asked] = [each for each in found["decisions"]["nodes"] if each["state"] == "PENDING"]
        number = asked.pop("id")
        assert asked == {
            "kind": "ACCEPT", "state": "PENDING", "deadlineOn": "2026-03-03",  # 21 days on
            "city": {"name": "Nairobi"},
        }  # fmt: skip
        missing = await story.refused("officer", "projectClose", id=story.ids["project"])
        assert [each for each in missing if "acceptance" in each and "Nairobi" in each] == missing
        for who in ("seoul_mayor", "nairobi_coordinator", "officer"):
            await story.refused(who, "decisionGive", id=number)
        await story.do("nairobi_mayor", "decisionGive", id=number)


async def closed(story: Teller) -> None:
    """The secretariat closes the project, and everybody reads how it went."""
    with story.on("2026-02-20"):
        await story.do("officer", "projectClose", id=story.ids["project"])
        found = await story.sees(
            "state followUpOn followUpDue evaluationMean relevanceMean coherenceMean"
            " effectivenessMean efficiencyMean impactMean sustainabilityMean"
            " lessons { nodes { title city { name } } }"
            " followUps { nodes { startsOn endsOn targetValue indicator { title } } }",
            "public",
        )
    lessons, spans = found.pop("lessons")["nodes"], found.pop("followUps")["nodes"]
    assert found == {
        "state": "CLOSED", "followUpOn": "2027-01-30", "followUpDue": False,
        "evaluationMean": "4.58", "relevanceMean": "6", "coherenceMean": "4.5",
        "effectivenessMean": "5", "efficiencyMean": "2.5", "impactMean": "5.5",
        "sustainabilityMean": "4",
    }  # fmt: skip
    assert {each["city"]["name"].lower(): each["title"] for each in lessons} == {
        city: title for city, (title, _) in LESSONS.items()
    }
    assert {(each["startsOn"], each["endsOn"]) for each in spans} == {("2026-02-01", "2027-01-30")}
    assert {each["indicator"]["title"]: D(each["targetValue"]) for each in spans} == {
        "Days to a permit": 10, "Applied for online": 60, "Residents on the portal": 120_000,
        "Delegations received": 4,
    }  # fmt: skip


async def passed_on(story: Teller) -> None:
    """Lima asks Seoul for the same, and finds what was learnt, and where it worked before."""
    with story.on("2026-04-14"):
        plan: Row = {
            "title": "Permits in Lima", "summary": "Seoul's permits in Lima.",
            "plannedStartOn": "2026-09-01", "plannedEndOn": "2028-08-31", "themes": ["permits"],
            "donorCityId": story.seoul, "recipientCityId": f"City:{story.cast.lima}",
            "practiceId": story.ids["practice"],
        }  # fmt: skip
        number = await story.do("lima_coordinator", "projectPropose", input=plan)
        text = """query($id: ID!, $q: String!) {
            node(id: $id) { ... on Project {
                lessonsOnThemes { nodes { title narrative } }
                practice { replications { totalCount nodes { title evaluationMean } } } } }
            lessons(filter: {text: {matches: $q}}) { nodes { title } } }"""
        found = await story.reads("lima_coordinator", text, id=number, q="legal review")
    offered = [tuple(each.values()) for each in found["node"]["lessonsOnThemes"]["nodes"]]
    assert sorted(offered) == sorted(LESSONS.values())
    assert found["node"]["practice"]["replications"] == {
        "totalCount": 1,  # what is only proposed is none yet
        "nodes": [{"title": "Permits without queues", "evaluationMean": "4.58"}],
    }
    assert found["lessons"]["nodes"] == [{"title": LESSONS["nairobi"][0]}]


async def lasted(story: Teller) -> None:
    """A year after the end: what is still so."""
    found = await story.sees("followUps { nodes { id indicator { id } } }")
    names = {story.ids[name]: name for name in INDICATORS}
    for each in found["followUps"]["nodes"]:
        story.ids[f"{names[each['indicator']['id']]} 3"] = each["id"]
    with story.on("2027-01-29"):
        where = {"periodId": story.ids["days 3"], "cityId": story.nairobi}
        early = await story.refused(
            "nairobi_coordinator", "valueReport", **where, input={"value": "9"}
        )
        assert "Jan 30, 2027" in " ".join(early)
        assert await story.sees("followUpDue") == {"followUpDue": False}
    with story.on("2027-02-03"):
        assert await story.sees("followUpDue") == {"followUpDue": True}
        await told(story, "days 3", value="9")
        await told(story, "share 3", numerator="10500", denominator="15000")
        await told(story, "residents 3", value="185000")
        assert await story.sees("followUpDue") == {"followUpDue": True}, "one is missing"
        await told(story, "delegations 3", value="1")
        assert await story.sees("state followUpDue") == {"state": "CLOSED", "followUpDue": False}
        assert await achieved(story) == {
            "days": "1.0333", "share": "1.1818", "residents": "1.5417", "delegations": "0.25",
        }  # fmt: skip
        assert await _rolled_up(story) == {
            "Days to a permit": ("9", None, None),
            "Applied for online": ("55.714285714286", "23400", "42000"),
            "Residents on the portal": ("185000", None, None),
            "Delegations received": ("8", None, None),
        }


async def _rolled_up(story: Teller) -> dict[str, tuple[Any, ...]]:
    text = "{ portfolio { indicators { nodes { title value numerator denominator } } } }"
    rows = (await story.reads("public", text))["portfolio"]["indicators"]["nodes"]
    return {each.pop("title"): tuple(each.values()) for each in rows}
