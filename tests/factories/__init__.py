"""What a test starts from, made through the actions themselves.

    project = await factories.joint_project(cast, "finalising")
    value = await factories.value(cast, project, "submitted")

Every factory takes `**changes` to its draft.
"""

from tests.factories.practices import practice, practice_plan
from tests.factories.projects import (
    STATES,
    JointProject,
    add_budget_line,
    add_indicator,
    add_milestone,
    add_period,
    advance,
    agree_change,
    agree_milestone,
    decide,
    evaluate,
    evaluation_draft,
    indicator_draft,
    joint_project,
    move_milestone,
    proposal,
    settle_milestones,
    today,
)
from tests.factories.reports import after_period, noon, report_draft, status_report
from tests.factories.requests import request, request_plan
from tests.factories.values import value

__all__ = [
    "STATES",
    "JointProject",
    "add_budget_line",
    "add_indicator",
    "add_milestone",
    "add_period",
    "advance",
    "after_period",
    "agree_change",
    "agree_milestone",
    "decide",
    "evaluate",
    "evaluation_draft",
    "indicator_draft",
    "joint_project",
    "move_milestone",
    "noon",
    "practice",
    "practice_plan",
    "proposal",
    "report_draft",
    "request",
    "request_plan",
    "settle_milestones",
    "status_report",
    "today",
    "value",
]
