"""Inputs of changes as somebody would really write them, for the examples of the documentation:
what the smallest value that fits a type would say, a rule of the domain would refuse."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from tracker.web.sample_values import Word


def worked(today: date) -> Mapping[str, Mapping[str, Any]]:
    """Input type -> fields and their values; what it leaves out is found in the schema. Days that
    lie ahead do so from `today` on."""

    def ahead(days: int) -> str:
        return str(today + timedelta(days=days))

    def past(days: int) -> str:
        return str(today - timedelta(days=days))

    return {
        "ProposalInput": {
            "title": "One desk for building permits",
            "summary": "Nairobi takes over Seoul's online permits, so that builders wait days.",
            "plannedStartOn": ahead(60),
            "plannedEndOn": ahead(425),
            "themes": ["permits", "open data"],
            "sdgGoals": [11, 16],
            "sectors": [
                {"code": "15185", "percentage": "60"},
                {"code": "15112", "percentage": "40"},
            ],
        },
        "SectorShareInput": {"code": "15185", "percentage": "100"},
        "MilestonePlanInput": {"title": "Staff trained", "dueOn": ahead(90)},
        "BudgetLinePlanInput": {
            "title": "Licences", "valueOn": past(30), "amount": "12000", "currency": "EUR",
        },
        "TransactionDraftInput": {
            "type": Word("EXPENDITURE"), "description": "Licences of the first year",
            "valueOn": past(10), "amount": "11800.50", "currency": "EUR",
        },
        "PeriodPlanInput": {"startsOn": ahead(1), "endsOn": ahead(90), "targetValue": "12.5"},
        "PeriodSeriesInput": {
            "startsOn": ahead(1), "endsOn": ahead(360), "length": Word("QUARTER"),
        },
        "RiskDraftInput": {
            "title": "The law is not passed in time", "probability": 2, "impact": 4,
            "reviewOn": ahead(30),
        },
        "RiskAssessmentInput": {
            "probability": 3, "impact": 4, "reviewOn": ahead(30), "note": "The session was moved.",
        },
        "RiskOccurrenceInput": {
            "occurredOn": past(2), "impact": 4, "reviewOn": ahead(14), "note": "It was voted down.",
        },
        "DelegationPlanInput": {"startsOn": ahead(1), "endsOn": ahead(14)},
        "DimensionPlanInput": {"name": "Gender", "categories": ["women", "men"]},
        "SignOnDraftInput": {"issuer": "https://id.example.org", "clientId": "tracker"},
        "QuietHoursInput": {"quietFrom": 22, "quietUntil": 7},
        "RateInput": {"currency": "KES", "ratedOn": past(1), "rate": "150.25"},
        "CommentDraftInput": {"text": "Who pays for the second year?", "subjectId": "Milestone:0"},
    }  # fmt: skip
