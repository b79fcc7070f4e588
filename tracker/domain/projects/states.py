"""Where projects stand and how they fare: what pages name as well as tables."""

from tracker.domain.meaning import Meaning


class ProjectState(Meaning):
    """Where a project stands between proposal and completion."""

    DRAFT = "draft", "Being written by the city that leads; nobody else sees it."
    SUBMITTED = "submitted", "Proposed to the secretariat, which has not taken it up yet."
    UNDER_REVIEW = (
        "under_review",
        "Examined by the secretariat while the mayors of both cities are asked to endorse it.",
    )
    RETURNED = "returned", "Sent back with a reason; the leading city revises and submits it again."
    AGREED = (
        "agreed",
        "Endorsed by all partners' mayors, who now sign; due dates are frozen as baseline.",
    )
    ACTIVE = "active", "Work is going on: milestones are carried out and values reported."
    SUSPENDED = "suspended", "Work rests for a stated reason and may be resumed."
    FINALISING = (
        "finalising",
        "Every milestone is accepted or waived; last values and evaluations come in.",
    )
    CLOSED = (
        "closed",
        "Ended as planned, values and evaluations complete; only a reopening leads back.",
    )
    CANCELLED = "cancelled", "Given up after it had been agreed, for a stated reason."
    REJECTED = "rejected", "Declined by the secretariat in review, with a reason."
    WITHDRAWN = "withdrawn", "Taken back by the city that leads before it was agreed."


class Health(Meaning):
    """How a project fares. Unknown is a value of its own and never shown as green."""

    GREEN = (
        "green",
        "On course: late by no more than amberDays, indicators at amberShare or better.",
    )
    AMBER = (
        "amber",
        "Needs attention: later than amberDays, or an indicator below amberShare.",
    )
    RED = "red", "Off course: later than redDays, or an indicator below redShare."
    UNKNOWN = (
        "unknown",
        "Too little is known, or nothing was updated for a long time; never read it as green.",
    )


class ReportingRhythm(Meaning):
    """How often each partner city reports on a project."""

    MONTHLY = "monthly", "After each calendar month."
    QUARTERLY = "quarterly", "After each calendar quarter."
