"""What changed: values of both years, from the first draft to the roll-up."""

from typing import Any

from tests.stories.beginning import INDICATORS
from tests.stories.telling import Teller


async def first_year_measured(story: Teller) -> None:
    with story.on("2025-02-10"):
        await _returned_once(story)
        share = await told(story, "share 1", numerator="3600", denominator="12000")
        await told(story, "residents 1", value="40000")
        await told(story, "delegations 1", value="2")
        assert await achieved(story) == {
            "days": "0.8", "share": "1", "residents": "0.8", "delegations": "0.6667",
        }  # fmt: skip
        assert await story.sees("outcomeShare outcomeHealth health healthReason") == {
            "outcomeShare": "0.6667", "outcomeHealth": "AMBER", "health": "AMBER",
            "healthReason": "OUTCOMES",
        }  # fmt: skip
    await _disputed(story, share)
    assert (await achieved(story))["share"] == "0.8"


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


async def told(story: Teller, period: str, **figures: str) -> str:
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


async def achieved(story: Teller) -> dict[str, str]:
    found = await story.sees("indicators { nodes { id achievement } }")
    of = {each["id"]: each["achievement"] for each in found["indicators"]["nodes"]}
    return {name: of[story.ids[name]] for name in INDICATORS}


async def second_year_measured(story: Teller) -> None:
    with story.on("2026-02-05"):
        await told(story, "days 2", value="7")
        await told(story, "share 2", numerator="9900", denominator="15000")
        await told(story, "residents 2", value="130000")
        await told(story, "delegations 2", value="5")
        assert await achieved(story) == {
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
