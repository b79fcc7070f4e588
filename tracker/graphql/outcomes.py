"""Results, indicators, periods and values."""

from datetime import date
from decimal import Decimal

from tracker.domain.outcomes import actions, periods, reporting, rules, tables
from tracker.domain.projects.rules import part_insider
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, computed, many, one
from tracker.graphql.registry import registry


class inside(auto):
    """Shown to the partner cities and the secretariat."""

    visible = part_insider


@registry.node(tables.Result, visible=rules.visible, scope="project", order=("id",))
class Result:
    """What a project sets out to change."""

    type: auto
    title: auto
    benefit: auto
    project = one("Project")
    indicators = many("Indicator", "How it is measured.", by="result", order=("id",))


@registry.node(tables.Indicator, visible=rules.visible, scope="project", order=("id",))
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
    result = one("Result")
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
    achievement = computed(
        Decimal | None,
        rules.achievement("{t}"),
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
    waived_reason: inside
    locked_at: inside
    reopen_reason: inside
    version: inside
    indicator = one("Indicator")
    project = one("Project")
    values = many("Value", "What was reported, the newest first.", by="period", order=("-number",))
    approved_value = one(
        "Value",
        "The value that counts.",
        on="{c}.period = {p}.id AND {c}.state = 'approved'",
        open=True,
    )


@registry.node(tables.Value, visible=rules.value_visible, order=("-id",))
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
    created_at: inside
    approved_at: auto
    version: inside
    as_of = computed(
        date,
        "(SELECT least(q.ends_on, ({t}.created_at AT TIME ZONE c.time_zone)::date)"
        " FROM period q, city c WHERE q.id = {t}.period AND c.id = {t}.city)",
        "The day the figure stands for: the period's last, or that of the report if it came first.",
    )
    period = one("Period", null=True)
    project = one("Project", null=True)
    city = one("City")
    author = one("Person", visible=part_insider)
    approver = one("Person", visible=part_insider)
    reported_by_viewer = computed(
        bool,
        rules.reported_by("{t}", ":person"),
        "Whether you reported or revised it; whoever did does not judge it.",
    )


MUTATIONS = [
    *mutations("Result", actions.add_result),
    *mutations("Indicator", actions.add_indicator, actions.edit_indicator),
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
    ),
]
