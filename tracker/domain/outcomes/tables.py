"""Result, Indicator, Period and Value, after the IATI results framework."""

from piccolo.columns import (
    Array,
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
from tracker.domain.outcomes.kinds import (
    Accumulation,
    Aggregation,
    Benefit,
    Measure,
    PeriodLength,
    ResultType,
    TargetSpread,
    ValueState,
    VerdictKind,
)
from tracker.domain.people.tables import Person
from tracker.domain.projects.tables import Project

__all__ = [
    "Accumulation",
    "Aggregation",
    "Benefit",
    "Dimension",
    "Indicator",
    "IndicatorDefinition",
    "Measure",
    "Period",
    "PeriodLength",
    "Result",
    "ResultType",
    "TargetSpread",
    "Value",
    "ValuePart",
    "ValueState",
    "Verdict",
    "VerdictKind",
]


class Result(Table, tablename="result", db=DB):
    """What a project sets out to change."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    type = Varchar(length=20, choices=ResultType, help_text="IATI result type.")
    title = Varchar(length=200, help_text="The change in one line.")
    benefit = Varchar(length=20, choices=Benefit, help_text="Which side benefits.")
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    result_type_is_known = one_of("type", ResultType)
    result_benefit_is_known = one_of("benefit", Benefit)


class IndicatorDefinition(Table, tablename="indicator_definition", db=DB):
    """A ready indicator that projects start from; the secretariat looks after them."""

    id: Serial
    title = Varchar(length=200, help_text="What is measured.")
    result_title = Varchar(length=200, help_text="The change that it shows, in one line.")
    result_type = Varchar(length=20, choices=ResultType, help_text="IATI type of that result.")
    benefit = Varchar(length=20, choices=Benefit, help_text="Which side benefits.")
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
    means_of_verification = Text(help_text="Where the numbers come from.")
    created_at = Timestamptz(help_text="When it came into the library.")
    retired_at = Timestamptz(
        null=True, default=None, help_text="Since when it is not offered any more, if so."
    )
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    indicator_definition_result_type_is_known = one_of("result_type", ResultType)
    indicator_definition_benefit_is_known = one_of("benefit", Benefit)
    indicator_definition_measure_is_known = one_of("measure", Measure)
    indicator_definition_accumulation_is_known = one_of("accumulation", Accumulation)
    indicator_definition_aggregation_is_known = one_of("aggregation", Aggregation)
    indicator_definition_means_are_short_enough = at_most("means_of_verification")


class Indicator(Table, tablename="indicator", db=DB):
    """How a result is measured."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    result = ForeignKey(
        Result, on_delete=RESTRICT, null=False, index=True, help_text="The result it measures."
    )
    definition = ForeignKey(
        IndicatorDefinition,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The ready indicator of the library that it was made from, if it was.",
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
    follow_up = Boolean(
        default=False,
        help_text="Whether it is measured a year after the project's end, once that is closed.",
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


class Dimension(Table, tablename="dimension", db=DB):
    """What an indicator's values are broken down by, such as gender, age or district."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    indicator = ForeignKey(
        Indicator, on_delete=RESTRICT, null=False, help_text="The indicator whose values it parts."
    )
    name = Varchar(length=60, help_text="What tells the parts apart, such as gender.")
    categories = Array(
        base_column=Varchar(length=60), help_text="The parts, such as women and men; 2 to 40."
    )
    additive = Boolean(
        default=True,
        help_text="Whether the parts should add up to the whole, each thing counted in one only.",
    )
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    dimension_is_declared_once = Unique([indicator, name])
    dimension_has_parts = Check("cardinality(categories) BETWEEN 2 AND 40")


class Value(Table, tablename="value", db=DB):
    """What a city reports for a period. An approved value is never edited, only corrected."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    period = ForeignKey(Period, on_delete=RESTRICT, null=False, help_text="The period it is for.")
    city = ForeignKey(City, on_delete=RESTRICT, null=False, help_text="The city that reports.")
    number = Integer(
        help_text="Version of the report for this period, from 1; 0 as long as it is a draft."
    )
    value = Numeric(null=True, default=None, help_text="The number; missing is not zero.")
    numerator = Numeric(null=True, default=None, help_text="Counted part of a percentage.")
    denominator = Numeric(null=True, default=None, help_text="Whole that it is a part of.")
    narrative = Text(help_text="What the number means, or the qualitative finding.")
    state = Varchar(
        length=20,
        choices=ValueState,
        default=ValueState.SUBMITTED,
        help_text="Draft, submitted, returned, approved or superseded.",
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
    value_is_numbered_once_it_is_handed_in = Check("(state = 'draft') = (number = 0)")
    value_narrative_is_short_enough = at_most("narrative")
    value_denominator_is_positive = Check("denominator > 0")
    value_percentage_has_both_parts = Check(
        "state = 'draft' OR (numerator IS NULL) = (denominator IS NULL)"
    )
    value_is_not_approved_by_its_author = Check("approver <> author")
    value_approved_has_an_approver = Check(
        "state NOT IN ('approved', 'superseded') OR approver IS NOT NULL"
    )
    value_says_something = Check("state = 'draft' OR value IS NOT NULL OR narrative <> ''")


class ValuePart(Table, tablename="value_part", db=DB):
    """A part of a value, by one of its indicator's dimensions. What is missing is not zero."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    whole = ForeignKey(Value, on_delete=RESTRICT, null=False, help_text="What it is a part of.")
    dimension = ForeignKey(
        Dimension, on_delete=RESTRICT, null=False, help_text="What it is broken down by."
    )
    category = Varchar(length=60, help_text="Which part it is, such as women.")
    value = Numeric(
        null=False, default=None, help_text="The number of this part; missing parts have no row."
    )
    numerator = Numeric(null=True, default=None, help_text="Counted part of a percentage.")
    denominator = Numeric(null=True, default=None, help_text="Whole that it is a part of.")

    value_part_is_told_once = Unique([whole, dimension, category])
    value_part_denominator_is_positive = Check("denominator > 0")
    value_part_percentage_has_both_parts = Check("(numerator IS NULL) = (denominator IS NULL)")


class Verdict(Table, tablename="verdict", db=DB):
    """What a partner city other than the reporting one says of an approved value."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    value = ForeignKey(Value, on_delete=RESTRICT, null=False, help_text="What it is about.")
    city = ForeignKey(City, on_delete=RESTRICT, null=False, help_text="The city that says it.")
    kind = Varchar(length=20, choices=VerdictKind, help_text="Confirmed or disputed.")
    reason = Text(null=True, default=None, help_text="Why the city disputes the value.")
    author = ForeignKey(Person, on_delete=RESTRICT, null=False, help_text="Who said it.")
    created_at = Timestamptz(help_text="When it was said.")
    answer = Text(
        null=True, default=None, help_text="What the reporting city replies to the dispute."
    )
    answered_by = ForeignKey(
        Person, on_delete=RESTRICT, null=True, default=None, help_text="Who replied."
    )
    answered_at = Timestamptz(null=True, default=None, help_text="When it was replied to.")

    verdict_kind_is_known = one_of("kind", VerdictKind)
    verdict_is_said_once_per_city = Unique([value, city])
    verdict_disputed_has_a_reason = Check("(kind = 'disputed') = (coalesce(reason, '') <> '')")
    verdict_answer_is_to_a_dispute = Check("answer IS NULL OR kind = 'disputed'")
    verdict_answer_has_who_and_when = Check("num_nulls(answer, answered_by, answered_at) IN (0, 3)")
    verdict_texts_are_short_enough = Check(
        "char_length(coalesce(reason, '')) <= 10000 AND char_length(coalesce(answer, '')) <= 10000"
    )
