"""What comments can be about."""

from tracker.domain.meaning import Meaning


class CommentSubject(Meaning):
    """What a comment can be about. The values are names of tables."""

    PROJECT = "project", "The project as a whole."
    MILESTONE = "milestone", "One of its steps."
    RESULT = "result", "Something that it sets out to change."
    INDICATOR = "indicator", "How a change is measured."
    PERIOD = "period", "A stretch of time with its target."
    VALUE = "value", "A reported value."
    EVIDENCE = "evidence", "What shows that something was reached."
    DECISION = "decision", "Something that a named role settles."
    RISK = "risk", "A risk or an issue."
    PLAN_CHANGE = "plan_change", "A change of the agreed plan."
    STATUS_REPORT = "status_report", "What a city says of a period."
    BUDGET_LINE = "budget_line", "What something costs."
    TRANSACTION = "transaction", "What was booked."
    EVALUATION = "evaluation", "How a city looks back."

    @property
    def type_name(self) -> str:
        """What ids say: PlanChange of plan_change."""
        return "".join(word.capitalize() for word in self.value.split("_"))
