"""The few things that columns of results, indicators, periods and values may say."""

from tracker.domain.meaning import Meaning


class ResultType(Meaning):
    """IATI result type (codes 1 to 3)."""

    OUTPUT = "output", "What the project makes or delivers itself (IATI code 1)."
    OUTCOME = "outcome", "What changes for people and administrations because of it (IATI code 2)."
    IMPACT = "impact", "What it adds to in the long run, together with much else (IATI code 3)."


class Benefit(Meaning):
    """Which side a result benefits."""

    DONOR = (
        "donor",
        "The city that gives the practice gains, such as in profile or business abroad.",
    )
    RECIPIENT = "recipient", "The city that takes it over gains, such as in transparency or speed."
    BOTH = "both", "Both cities gain the same thing."


class Measure(Meaning):
    """IATI indicator measure (codes 1, 2 and 5)."""

    UNIT = "unit", "A number of the indicator's unit (IATI code 1)."
    PERCENTAGE = (
        "percentage",
        "A share, best reported with numerator and denominator (IATI code 2).",
    )
    QUALITATIVE = "qualitative", "A finding in words; there is no number (IATI code 5)."


class Accumulation(Meaning):
    """How an indicator's values relate over time."""

    PERIOD = "period", "Each value counts its own period only, so values add up over time."
    CUMULATIVE = (
        "cumulative",
        "Each value counts everything since the start, so the latest one is the total.",
    )
    SNAPSHOT = (
        "snapshot",
        "Each value is the level on the period's last day; the latest one stands.",
    )


class Aggregation(Meaning):
    """How values of the same indicator may be rolled up over projects."""

    SUM = "sum", "Values of the same unit are added up."
    RATIO_OF_SUMS = (
        "ratio_of_sums",
        "Numerators and denominators are added up, then divided; percentages are never averaged.",
    )
    LATEST = "latest", "The most recent value stands for all."
    NONE = "none", "Each project's value stands alone; none is shown for several."


class PeriodLength(Meaning):
    """How long the periods are that a stretch of time is cut into. The first and the last one end
    where the stretch does."""

    MONTH = "month", "Calendar months."
    QUARTER = "quarter", "Quarters of the calendar year, from January on."
    HALF_YEAR = "half_year", "Halves of the calendar year."
    YEAR = "year", "Calendar years."
    FISCAL_YEAR = "fiscal_year", "Years as the city counts its money, from its own first month on."


class TargetSpread(Meaning):
    """How a target is spread over the periods of a series."""

    EACH = "each", "Every period has the same target."
    LAST = "last", "Only the last period has it."
    LINEAR = (
        "linear",
        "In equal steps from the baseline to the last period; for cumulative values and snapshots.",
    )


class ValueState(Meaning):
    """Where a value stands on its approval path."""

    DRAFT = "draft", "Being written; the city that writes it alone sees it."
    SUBMITTED = "submitted", "Reported; somebody other than its author is to approve it."
    RETURNED = "returned", "Sent back with a note; its author revises it."
    APPROVED = "approved", "The value that counts; never edited, only corrected by a new one."
    SUPERSEDED = (
        "superseded",
        "Was approved until a correction took its place; kept for the record.",
    )


class VerdictKind(Meaning):
    """What another partner city says of an approved value."""

    CONFIRMED = "confirmed", "The city finds the same."
    DISPUTED = "disputed", "The city finds something else, for a stated reason."
