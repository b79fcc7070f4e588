"""Where things have a page of their own."""

PAGES = {
    "practice": "practices",
    "milestone": "milestones",
    "value": "values",
    "decision": "decisions",
    "risk": "risks",
    "plan_change": "plan-changes",
    "status_report": "reports",
    "comment": "comments",
}
"""Kind, as the trail names it -> first word of the address of its page."""


def page_of(kind: str, number: int) -> str:
    """The address of the page of one of this kind; "" where they have none of their own."""
    return f"/{PAGES[kind]}/{number}" if kind in PAGES else ""
