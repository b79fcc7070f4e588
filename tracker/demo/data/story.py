"""The texts and figures of the story: Seoul's complaints service comes to Nairobi."""

from typing import Any

from tracker.demo.data import NOTE
from tracker.demo.dates import Calendar

Input = dict[str, Any]
"""An input of the API."""

PRACTICE_TITLE = "Online complaints with a promised day of answer"
PROJECT_TITLE = "Complaints with a promised day of answer: Seoul to Nairobi"

STARTED = -110
"""Day on which work began."""

SLIPPED_TO = 9
SLIP_REASON = "Two subcounties get their line to the data centre two weeks later."
WAIVE_REASON = "Video sessions served the purpose; nobody had to fly."
INTERRUPTED = "The telling of the story broke off; it begins anew."

PRACTICE: Input = {
    "title": PRACTICE_TITLE,
    "summary": "Every complaint gets a number, an office in charge and a day by which it is"
    f" answered; anybody can look up whether the day was kept.\n\n{NOTE}",
    "themes": ["complaints", "transparency"],
    "readiness": "PROVEN",
    "transferNeeds": "Service levels for each kind of complaint, and officers trained to keep them",
    "resultsEvidence": "Share of complaints answered by the promised day, from the public log.",
    "licence": "CC_BY",
    "languages": ["ko", "en"],
}

PRINCIPLES: Input = dict.fromkeys(
    (
        *("territorialApproach", "multiLevelGovernance", "ruralUrbanContinuum"),
        *("peerToPeerLearning", "metricsAndIndicators", "monitoringAndEvaluation"),
        *("capacityDevelopment", "stakeholderEngagement", "financing", "digitalisation"),
    ),
    4,
)

LESSONS: dict[str, Input] = {
    "seoul": {
        "relevance": 6,
        "coherence": 5,
        "effectiveness": 5,
        "efficiency": 5,
        "impact": 5,
        "sustainability": 4,
        **PRINCIPLES,
        "peerToPeerLearning": 5,
        "financing": 4,
        "lessons": [
            {
                "title": "Agree on the kinds of complaint first",
                "narrative": "Training follows from them; we trained twice because we did not.",
            }
        ],
    },
    "nairobi": {
        "relevance": 6,
        "coherence": 5,
        "effectiveness": 6,
        "efficiency": 4,
        "impact": 5,
        "sustainability": 5,
        **PRINCIPLES,
        "financing": 2,
        "lessons": [
            {
                "title": "Order the lines to the subcounties before anything else",
                "narrative": "Everything waited for them, and the provider takes four months.",
            }
        ],
    },
}


def request(practice: str, calendar: Calendar) -> Input:
    """What Nairobi asks for."""
    return {
        "title": "Complaints that get an answer by a promised day",
        "need": f"Residents do not learn whether anybody read their complaint.\n\n{NOTE}",
        "practiceId": practice,
        "wantedOutcomes": "Three of five complaints are answered by the day that was promised.",
        "themes": ["complaints", "transparency"],
        "deadlineOn": calendar.on(90).isoformat(),
        "budgetAmount": "24000000",
        "budgetCurrency": "KES",
    }


def proposal(donor: str, recipient: str, practice: str, request: str, calendar: Calendar) -> Input:
    """What Nairobi drafts."""
    return {
        "title": PROJECT_TITLE,
        "summary": "Three subcounties promise a day of answer for each complaint, and show"
        f" whether it was kept.\n\n{NOTE}",
        "plannedStartOn": calendar.on(-120).isoformat(),
        "plannedEndOn": calendar.on(30).isoformat(),
        "themes": ["complaints", "transparency"],
        "sdgGoals": [11, 16],
        "sectors": [
            {"code": "15185", "percentage": "60"},
            {"code": "15150", "percentage": "40"},
        ],
        "donorCityId": donor,
        "recipientCityId": recipient,
        "practiceId": practice,
        "requestId": request,
    }


def milestones(calendar: Calendar) -> dict[str, tuple[str, Input]]:
    """Name -> owner city and plan."""
    return {
        "training": (
            "seoul",
            {
                "title": "Thirty complaint officers trained",
                "kind": "TRAINING",
                "dueOn": calendar.on(-75).isoformat(),
                "acceptanceCriteria": "Nine of ten officers pass the closing exercise.",
                "weight": 2,
            },
        ),
        "levels": (
            "nairobi",
            {
                "title": "Promised days adopted for forty kinds of complaint",
                "kind": "AGREEMENT",
                "dueOn": calendar.on(-40).isoformat(),
                "acceptanceCriteria": "The county assembly has adopted the list.",
                "weight": 2,
            },
        ),
        "visit": (
            "seoul",
            {
                "title": "Study visit to the complaints centre",
                "kind": "STUDY_VISIT",
                "dueOn": calendar.on(-20).isoformat(),
            },
        ),
        "opening": (
            "nairobi",
            {
                "title": "Complaints open online in three subcounties",
                "kind": "GO_LIVE",
                "dueOn": calendar.on(-6).isoformat(),
                "acceptanceCriteria": "Residents of all three have filed, and seen an answer.",
                "weight": 3,
            },
        ),
    }


def results(calendar: Calendar) -> list[tuple[Input, list[tuple[str, Input]]]]:
    """Results with their indicators, each with the city that reports."""
    baseline_on = calendar.on(-130).isoformat()
    period = {
        "startsOn": calendar.first(-3).isoformat(),
        "endsOn": calendar.last(-2).isoformat(),
    }
    kept = {
        "title": "Complaints answered by the promised day",
        "measure": "PERCENTAGE",
        "ascending": True,
        "aggregation": "RATIO_OF_SUMS",
        "baselineValue": "35",
        "baselineOn": baseline_on,
        "meansOfVerification": "Public log of complaints, all of the period.",
        "periods": [period | {"targetValue": "60"}],
    }
    days = {
        "title": "Days until a complaint is answered (median)",
        "measure": "UNIT",
        "ascending": False,
        "aggregation": "LATEST",
        "unit": "days",
        "baselineValue": "41",
        "baselineOn": baseline_on,
        "meansOfVerification": "Public log of complaints, all of the period.",
        "periods": [period | {"targetValue": "14"}],
    }
    learned = {
        "title": "Kinds of complaint that Seoul takes over from Nairobi",
        "measure": "UNIT",
        "ascending": True,
        "aggregation": "LATEST",
        "unit": "kinds",
        "baselineValue": "0",
        "baselineOn": baseline_on,
        "meansOfVerification": "Seoul's catalogue of complaints.",
        "periods": [period | {"targetValue": "5"}],
    }
    return [
        (
            {"type": "OUTCOME", "title": "Residents can rely on an answer", "benefit": "RECIPIENT"},
            [("nairobi", kept), ("nairobi", days)],
        ),
        (
            {"type": "OUTPUT", "title": "Seoul's catalogue grows", "benefit": "DONOR"},
            [("seoul", learned)],
        ),
    ]


FINDINGS: list[Input] = [
    {
        "numerator": "2211",
        "denominator": "3050",
        "narrative": "Weekends count; complaints about water take longest.",
    },
    {"value": "12"},
    {"value": "6"},
]
"""What is reported for the indicators, in their order."""
