"""Results, indicators, periods and values."""

from datetime import date
from decimal import Decimal

from tracker.domain.outcomes import (
    actions,
    amending,
    attaching,
    dimensions,
    drafting,
    library,
    periods,
    reporting,
    rules,
    tables,
    verdicts,
)
from tracker.domain.projects.rules import part_insider
from tracker.domain.visibility import everyone
from tracker.graphql.comments import comments_on
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, beside, computed, many, one
from tracker.graphql.registry import registry
from tracker.graphql.reminders import reminders_of


class inside(auto):
    """Shown to the partner cities and the secretariat."""

    visible = part_insider


@registry.node(tables.Result, visible=rules.visible, scope="project", order=("id",))
class Result:
    """What a project sets out to change."""

    type: auto
    title: auto
    benefit: auto
    version: inside
    project = one("Project")
    comments = comments_on("result")
    indicators = many("Indicator", "How it is measured.", by="result", order=("id",))


@registry.node(
    tables.IndicatorDefinition, visible=everyone, plural="indicatorDefinitions", order=("id",)
)
class IndicatorDefinition:
    """A ready indicator that projects start from; the secretariat looks after them."""

    title: auto
    result_title: auto
    result_type: auto
    benefit: auto
    measure: auto
    ascending: auto
    accumulation: auto
    aggregation: auto
    unit: auto
    means_of_verification: auto
    created_at: auto
    retired_at: auto
    version: auto
    indicators = many(
        "Indicator", "Indicators that were made from it.", by="definition", order=("id",)
    )


@registry.node(
    tables.Indicator,
    visible=rules.visible,
    scope="project",
    order=("id",),
    beside=(rules.FIGURES, "indicator", ()),
)
class Indicator:
    """How a result is measured."""

    title: auto
    measure: auto
    ascending: auto
    accumulation: auto
    aggregation: auto
    unit: auto
    baseline_value: auto
    baseline_on: auto
    means_of_verification: auto
    version: inside
    project = one("Project")
    comments = comments_on("indicator")
    result = one("Result")
    definition = one("IndicatorDefinition", null=True)
    dimensions = many(
        "Dimension", "What its values are broken down by.", by="indicator", order=("id",)
    )
    periods = many("Period", "Stretches of time with targets.", by="indicator",
                   order=("startsOn",))  # fmt: skip
    # `latest_value` is kept by triggers. An approved value is as public as its project, which
    # whoever sees the indicator sees; that it is approved is asked all the same.
    latest_period = one(
        "Period",
        "The last period with an approved value.",
        on="{c}.id = (SELECT v.period FROM value v WHERE v.id = {p}.latest_value"
        " AND v.state = 'approved')",
    )
    latest_value = one(
        "Value",
        "The approved value of the last period that has one.",
        on="{c}.id = {p}.latest_value AND {c}.state = 'approved'",
        open=True,
    )
    achievement = beside(
        Decimal | None,
        rules.achievement("{f}"),
        "(actual - baseline) / (target - baseline) of the latest approved value: 1 is on target,"
        " whichever way is better; null while unknown. Where the target is the baseline, 1 while"
        " it is held.",
    )


@registry.node(tables.Period, visible=rules.visible, scope="project", order=("startsOn",))
class Period:
    """A stretch of time for which an indicator has a target."""

    starts_on: auto
    ends_on: auto
    target_value: auto
    follow_up: auto
    waived_reason: inside
    locked_at: inside
    reopen_reason: inside
    version: inside
    indicator = one("Indicator")
    project = one("Project")
    comments = comments_on("period")
    reminders = reminders_of("period")
    values = many("Value", "What was reported, the newest first.", by="period", order=("-number",))
    approved_value = one(
        "Value",
        "The value that counts.",
        on="{c}.period = {p}.id AND {c}.state = 'approved'",
        open=True,
    )


@registry.node(tables.Dimension, visible=rules.visible, scope="project", order=("id",))
class Dimension:
    """What an indicator's values are broken down by, such as gender, age or district."""

    name: auto
    categories: auto
    additive: auto
    version: inside
    indicator = one("Indicator")
    project = one("Project")


@registry.node(
    tables.Value,
    visible=rules.value_visible,
    scope="project",
    in_scope=rules.value_visible_in_project,
    order=("-id",),
)
class Value:
    """What a city reports for a period. An approved value is never edited, only corrected."""

    number: auto
    value: auto
    numerator: auto
    denominator: auto
    narrative: auto
    state: auto
    correction_reason: inside
    review_note: inside
    returned_on = computed(
        date | None,
        rules.returned_on("{t}"),
        "The day on which it was last returned, by the city that reported it; null unless it is"
        " returned at present.",
        visible=part_insider,
    )
    created_at: inside
    approved_at: auto
    version: inside
    as_of = computed(
        date,
        "(SELECT least(q.ends_on, ({t}.created_at AT TIME ZONE c.time_zone)::date)"
        " FROM period q, city c WHERE q.id = {t}.period AND c.id = {t}.city)",
        "The day the figure stands for: the period's last, or that of the report if it came first.",
    )
    disputed = computed(
        bool,
        rules.said("{t}", "disputed"),
        "Whether a partner city finds something else; shown wherever the value is.",
    )
    confirmed = computed(
        bool,
        rules.said("{t}", "confirmed"),
        "Whether a partner city other than the reporting one finds the same.",
    )
    differing_dimensions = computed(
        list[str],
        rules.differing("{t}"),
        "What it is broken down by into parts that should add up to it, are all there, and do"
        " not: a warning to look again, which keeps nobody from reporting it.",
    )
    period = one("Period", null=True)
    project = one("Project", null=True)
    comments = comments_on("value")
    city = one("City")
    author = one("Person", visible=part_insider)
    approver = one("Person", visible=part_insider)
    reported_by_viewer = computed(
        bool,
        rules.reported_by("{t}", ":person"),
        "Whether you reported or revised it; whoever did does not judge it.",
    )
    parts = many("ValuePart", "Its parts, by dimension.", by="whole", order=("id",))
    verdicts = many("Verdict", "What partner cities say of it.", by="value", order=("id",))
    evidence = many("Evidence", "What shows that it is true.", by="value")


@registry.node(
    tables.ValuePart, visible=rules.value_part_visible, plural="valueParts", order=("id",)
)
class ValuePart:
    """A part of a value, by one of its indicator's dimensions. What is missing is not zero."""

    category: auto
    value: auto
    numerator: auto
    denominator: auto
    dimension = one("Dimension")
    whole = one("Value")


@registry.node(tables.Verdict, visible=rules.verdict_visible, order=("id",))
class Verdict:
    """What a partner city other than the reporting one says of an approved value."""

    kind: auto
    reason: auto
    created_at: auto
    answer: auto
    answered_at: auto
    value = one("Value")
    project = one("Project")
    city = one("City")
    author = one("Person")
    answered_by = one("Person", null=True)


MUTATIONS = [
    *mutations("Result", actions.add_result, amending.edit_result, amending.remove_result),
    *mutations(
        "Indicator",
        actions.add_indicator,
        actions.edit_indicator,
        amending.remove_indicator,
        library.adopt,
    ),
    *mutations(
        "IndicatorDefinition",
        library.add_definition,
        library.edit_definition,
        library.retire_definition,
        library.restore_definition,
    ),
    *mutations(
        "Period",
        periods.add_period,
        periods.edit_period,
        periods.remove_period,
        periods.waive_period,
        periods.lock_period,
        periods.reopen_period,
    ),
    *mutations("Period", periods.generate_periods, periods.lock_periods, noun="periods"),
    *mutations("Value", reporting.report_all, noun="values"),
    *mutations(
        "Value",
        reporting.report,
        reporting.revise,
        reporting.return_,
        reporting.approve,
        reporting.correct,
        drafting.draft,
        drafting.redraft,
        drafting.submit,
        drafting.discard,
        verdicts.confirm,
        verdicts.dispute,
        verdicts.answer,
        attaching.attach,
        attaching.attach_file,
        attaching.detach,
    ),
    *mutations(
        "Dimension",
        dimensions.add_dimension,
        dimensions.edit_dimension,
        dimensions.remove_dimension,
    ),
]
