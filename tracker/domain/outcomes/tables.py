"""Result, Indicator, Period and Value, after the IATI results framework."""

from piccolo.columns import (
    Boolean,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    Serial,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from tracker.domain.cities.tables import City
from tracker.domain.constraints import RESTRICT, at_most, one_of, possible_day
from tracker.domain.database import DB
from tracker.domain.meaning import Meaning
from tracker.domain.people.tables import Person
from tracker.domain.projects.tables import Project


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
    """Where a reported value stands on its approval path."""

    SUBMITTED = "submitted", "Reported; somebody other than its author is to approve it."
    RETURNED = "returned", "Sent back with a note; its author revises it."
    APPROVED = "approved", "The value that counts; never edited, only corrected by a new one."
    SUPERSEDED = (
        "superseded",
        "Was approved until a correction took its place; kept for the record.",
    )


class Result(Table, tablename="result", db=DB):
    """What a project sets out to change."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    type = Varchar(length=20, choices=ResultType, help_text="IATI result type.")
    title = Varchar(length=200, help_text="The change in one line.")
    benefit = Varchar(length=20, choices=Benefit, help_text="Which side benefits.")

    result_type_is_known = one_of("type", ResultType)
    result_benefit_is_known = one_of("benefit", Benefit)


class Indicator(Table, tablename="indicator", db=DB):
    """How a result is measured."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    result = ForeignKey(
        Result, on_delete=RESTRICT, null=False, index=True, help_text="The result it measures."
    )
    title = Varchar(length=200, help_text="What is measured.")
    measure = Varchar(length=20, choices=Measure, help_text="IATI indicator measure.")
    ascending = Boolean(
        null=False, default=None, help_text="Whether more is better. Never guessed."
    )
    accumulation = Varchar(
        length=20, choices=Accumulation, help_text="How values relate over time."
    )
    aggregation = Varchar(
        length=20, choices=Aggregation, help_text="How values may be rolled up over projects."
    )
    unit = Varchar(length=60, help_text="Unit of the values, such as days or %.")
    baseline_value = Numeric(null=True, default=None, help_text="Value before the project.")
    baseline_on = Date(null=True, default=None, help_text="When the baseline was taken.")
    means_of_verification = Text(help_text="Where the numbers come from.")
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    indicator_measure_is_known = one_of("measure", Measure)
    indicator_accumulation_is_known = one_of("accumulation", Accumulation)
    indicator_aggregation_is_known = one_of("aggregation", Aggregation)
    indicator_baseline_on_is_possible = possible_day("baseline_on")
    indicator_baseline_has_a_date = Check("(baseline_value IS NULL) = (baseline_on IS NULL)")
    indicator_means_of_verification_are_short_enough = at_most("means_of_verification")


class Period(Table, tablename="period", db=DB):
    """A stretch of time for which an indicator has a target. Periods never overlap."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    indicator = ForeignKey(Indicator, on_delete=RESTRICT, null=False, help_text="The indicator.")
    starts_on = Date(help_text="First day.")
    ends_on = Date(help_text="Last day, included.")
    target_value = Numeric(null=True, default=None, help_text="What should be reached.")
    waived_reason = Text(
        null=True, default=None, help_text="Why no value is expected, if it was waived."
    )
    locked_at = Timestamptz(
        null=True,
        default=None,
        help_text="Since when its target and its values stay as they are, if they do.",
    )
    reopen_reason = Text(null=True, default=None, help_text="Why it was last opened again.")
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    period_starts_on_is_possible = possible_day("starts_on")
    period_ends_on_is_possible = possible_day("ends_on")
    period_starts_before_it_ends = Check("starts_on <= ends_on")
    period_starts_once = Unique([indicator, starts_on])


class Value(Table, tablename="value", db=DB):
    """What a city reports for a period. An approved value is never edited, only corrected."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    period = ForeignKey(Period, on_delete=RESTRICT, null=False, help_text="The period it is for.")
    city = ForeignKey(City, on_delete=RESTRICT, null=False, help_text="The city that reports.")
    number = Integer(help_text="Version of the report for this period, from 1.")
    value = Numeric(null=True, default=None, help_text="The number; missing is not zero.")
    numerator = Numeric(null=True, default=None, help_text="Counted part of a percentage.")
    denominator = Numeric(null=True, default=None, help_text="Whole that it is a part of.")
    narrative = Text(help_text="What the number means, or the qualitative finding.")
    state = Varchar(
        length=20,
        choices=ValueState,
        default=ValueState.SUBMITTED,
        help_text="Submitted, returned, approved or superseded.",
    )
    correction_reason = Text(
        null=True, default=None, help_text="Why an approved value is corrected by this one."
    )
    author = ForeignKey(Person, on_delete=RESTRICT, null=False, help_text="Who reported it.")
    approver = ForeignKey(
        Person, on_delete=RESTRICT, null=True, default=None, help_text="Who approved it."
    )
    review_note = Text(null=True, default=None, help_text="Why it was returned.")
    created_at = Timestamptz(help_text="When it was reported.")
    approved_at = Timestamptz(null=True, default=None, help_text="When it was approved.")
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    value_state_is_known = one_of("state", ValueState)
    value_number_is_once_per_period = Unique([period, number])
    value_narrative_is_short_enough = at_most("narrative")
    value_denominator_is_positive = Check("denominator > 0")
    value_percentage_has_both_parts = Check("(numerator IS NULL) = (denominator IS NULL)")
    value_is_not_approved_by_its_author = Check("approver <> author")
    value_approved_has_an_approver = Check(
        "state NOT IN ('approved', 'superseded') OR approver IS NOT NULL"
    )
    value_says_something = Check("value IS NOT NULL OR narrative <> ''")
