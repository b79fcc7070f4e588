"""Where things have a page of their own."""

PAGES = {
    "practice": "practices",
    "request": "requests",
    "milestone": "milestones",
    "value": "values",
    "decision": "decisions",
    "risk": "risks",
    "plan_change": "plan-changes",
    "status_report": "reports",
    "comment": "comments",
}
"""Kind, as the trail names it -> first word of the address of its page."""

IN_PROJECTS = frozenset(
    {
        *PAGES.values(),
        *("results", "indicators", "dimensions", "periods", "budget-lines", "transactions"),
        *("discussions", "library", "outcomes", "rates"),
    }
) - {"practices", "requests"}
"""First words of the addresses of what is in projects."""


def in_projects(path: str) -> bool:
    """Whether the page is about something in a project."""
    return path.split("/")[1] in IN_PROJECTS


def page_of(kind: str, number: int) -> str:
    """The address of the page of one of this kind; "" where they have none of their own."""
    return f"/{PAGES[kind]}/{number}" if kind in PAGES else ""
