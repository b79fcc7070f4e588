"""What projects cost, as figures: currency by currency, and converted at dated rates."""

from graphql import GraphQLError

from tracker.domain import currencies
from tracker.domain.budgets.rules import RATE_DAYS, converted, rated
from tracker.graphql.planner.aggregate import Argument, Block, Figure, Listing, Part, Source
from tracker.graphql.planner.kinds import DECIMAL, INT, TEXT, list_of


def currency(code: str) -> str:
    """The code of a currency in capitals. Raises GraphQLError for one that is none."""
    found = code.strip().upper()
    if not currencies.known(found):
        raise GraphQLError(f"to: {code[:20]!r} is no currency; write its ISO 4217 code.")
    return found


SOURCES = {
    "budget": Source("BudgetLine", on="{c}.project = {t}.id"),
    "converted": Source(
        "BudgetLine",
        on="{c}.project = {t}.id",
        joins=f"LEFT JOIN LATERAL ({rated('{c}.currency', '{c}.value_on')}) given ON true"
        f" LEFT JOIN LATERAL ({rated('{to}', '{c}.value_on')}) wanted ON true"
        f" CROSS JOIN LATERAL (SELECT {converted('{c}', '{to}', 'given', 'wanted')} AS amount) r",
    ),
}
"""Budget lines as they are, and in the currency `to`."""

UNCONVERTED = "count(*) FILTER (WHERE r.amount IS NULL)"

CONVERTED = Block(
    "ConvertedBudget",
    f"Budget lines in one currency, each at the rate of its value date or of the last day before"
    f" with a rate, {RATE_DAYS} days back at most. What has no rate is listed, never left out.",
    {
        "amount": Figure(
            DECIMAL,
            "round(sum(r.amount), 2)",
            "Sum of what could be converted, rounded once; null when nothing could.",
            null=True,
            source="converted",
        ),
        "lines": Figure(
            INT, "count(r.amount)", "Budget lines that were converted.", source="converted"
        ),
        "sources": Figure(
            list_of(TEXT),
            "array_agg(DISTINCT concat_ws('; ', given.source, nullif(wanted.source, given.source)))"
            " FILTER (WHERE r.amount IS NOT NULL AND coalesce(given.source, wanted.source)"
            " IS NOT NULL)",
            "Who published the rates; null when none was needed.",
            null=True,
            source="converted",
        ),
        "unconverted": Listing(
            "UnconvertedBudget",
            "Budget lines for whose value date there is no rate, currency by currency.",
            source="converted",
            parts={"currency": Part(TEXT, "{c}.currency", "Currency, ISO 4217.")},
            figures={
                "amount": Figure(
                    DECIMAL, "sum({c}.amount) FILTER (WHERE r.amount IS NULL)", "Sum of the lines."
                ),
                "lines": Figure(INT, UNCONVERTED, "Budget lines."),
            },
            having=f"{UNCONVERTED} > 0",
            most=None,
        ),
    },
    {"to": Argument(TEXT, "The currency wanted, ISO 4217, such as EUR.", currency)},
)

BUDGET = Block(
    "BudgetFigures",
    "Budget lines that you may see: those of your own city's projects, and all of them for the"
    " secretariat. Projects whose budget you may not see count as projects, not here.",
    {
        "lines": Figure(INT, "count(*)", "Budget lines that you may see.", source="budget"),
        "projects": Figure(
            INT,
            "count(DISTINCT {t}.id)",
            "Projects with a budget line that you may see.",
            source="budget",
        ),
        "byCurrency": Listing(
            "BudgetInCurrency",
            "Budget lines of one currency. Sums of different currencies are never added up.",
            source="budget",
            parts={"currency": Part(TEXT, "{c}.currency", "Currency, ISO 4217.")},
            figures={
                "amount": Figure(DECIMAL, "sum({c}.amount)", "Sum of the lines."),
                "lines": Figure(INT, "count(*)", "Budget lines."),
            },
            most=None,
        ),
        "converted": CONVERTED,
    },
)
