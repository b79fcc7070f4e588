"""What projects cost, as figures: currency by currency, and converted at dated rates."""

from dataclasses import replace

from graphql import GraphQLError

from tracker.domain import currencies
from tracker.domain.budgets.rules import RATE_DAYS, converted, rated
from tracker.domain.projects.rules import insider
from tracker.graphql.planner.aggregate import Argument, Block, Figure, Kept, Listing, Part, Source
from tracker.graphql.planner.kinds import DECIMAL, INT, TEXT, identity, list_of


def currency(code: str) -> str:
    """The code of a currency in capitals. Raises GraphQLError for one that is none."""
    found = code.strip().upper()
    if not currencies.known(found):
        raise GraphQLError(f"to: {code[:20]!r} is no currency; write its ISO 4217 code.")
    return found


MONEY = "{c}.project = {t}.id AND {c}.amount IS NOT NULL"
"""Work in kind that nobody valued is not worth nothing: it is no money."""

SOURCES = {
    "budget": Source("BudgetLine", on="{c}.project = {t}.id"),
    "money": Source("BudgetLine", on=MONEY),
    "booked": Source("Transaction", on="{c}.project = {t}.id"),
    "booked_money": Source("Transaction", on=MONEY),
    "converted": Source(
        "BudgetLine",
        on=MONEY,
        joins=f"LEFT JOIN LATERAL ({rated('{c}.currency', '{c}.value_on')}) given ON true"
        f" LEFT JOIN LATERAL ({rated('{to}', '{c}.value_on')}) wanted ON true"
        f" CROSS JOIN LATERAL (SELECT {converted('{c}', '{to}', 'given', 'wanted')} AS amount) r",
    ),
}
"""Budget lines as they are, those with an amount, and in the currency `to`."""

SOURCES["booked_converted"] = replace(SOURCES["converted"], target="Transaction")

KEPT = Kept(
    sum="sum({c}.amount)",
    pairs=(
        ("{t}.budget_currency", "{t}.budget_amount"),
        ("{t}.other_currency", "{t}.other_amount"),
    ),
    more="{t}.more_budget",
    seen=insider("{t}"),
)
"""What each row of the portfolio keeps of its budget."""

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
        "personDays": Figure(
            DECIMAL,
            "sum({c}.person_days)",
            "Work given in kind, in person-days; null when none is planned.",
            null=True,
            source="budget",
        ),
        "byCurrency": Listing(
            "BudgetInCurrency",
            "Budget lines of one currency. Sums of different currencies are never added up.",
            source="money",
            parts={"currency": Part(TEXT, "{c}.currency", "Currency, ISO 4217.")},
            figures={
                "amount": Figure(DECIMAL, "sum({c}.amount)", "Sum of the lines."),
                "lines": Figure(INT, "count(*)", "Budget lines."),
            },
            most=None,
            kept=KEPT,
        ),
        "byCity": Listing(
            "BudgetOfCity",
            "Budget lines of one city and currency; without a currency, work that is not valued.",
            source="budget",
            parts={
                "city": Part(identity("City"), "{c}.city", "The partner city."),
                "currency": Part(TEXT, "{c}.currency", "Currency, ISO 4217.", null=True),
            },
            figures={
                "amount": Figure(DECIMAL, "sum({c}.amount)", "Sum of the lines.", null=True),
                "baselineAmount": Figure(
                    DECIMAL,
                    "sum({c}.baseline_amount)",
                    "Sum of the lines as agreed at first; null when none was.",
                    null=True,
                ),
                "personDays": Figure(
                    DECIMAL, "sum({c}.person_days)", "Work in kind, in person-days.", null=True
                ),
                "lines": Figure(INT, "count(*)", "Budget lines."),
            },
        ),
        "converted": CONVERTED,
    },
)

GROUPS = {
    "spent": (("disbursement", "expenditure"), "Spent on goods and services, or given to others."),
    "committed": (("outgoing_commitment",), "Bound to be given."),
    "received": (("incoming_funds",), "Received."),
}
"""Figure -> the types of transactions that are added up, reversals taken off, and its words."""


def _sums(column: str) -> dict[str, Figure]:
    """A sum for each group; null where nothing of it was booked: missing is not zero."""
    return {
        name: Figure(DECIMAL, f"sum({column}) FILTER (WHERE {_of(types)})", words, null=True)
        for name, (types, words) in GROUPS.items()
    }


def _of(types: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{each}'" for each in types)
    return f"{{c}}.type IN ({listed})"


SPENDING = Block(
    "SpendingFigures",
    "Transactions that you may see: those of your own city's projects, and all of them for the"
    " secretariat. What was reversed counts no more.",
    {
        "transactions": Figure(INT, "count(*)", "Transactions, reversals too.", source="booked"),
        "personDays": Figure(
            DECIMAL,
            f"sum({{c}}.person_days) FILTER (WHERE {_of(GROUPS['spent'][0])})",
            "Work given in kind, in person-days; null when none was booked.",
            null=True,
            source="booked",
        ),
        "byCurrency": Listing(
            "SpendingInCurrency",
            "Transactions in one currency. Sums of different currencies are never added up.",
            source="booked_money",
            parts={"currency": Part(TEXT, "{c}.currency", "Currency, ISO 4217.")},
            figures=_sums("{c}.amount"),
            most=None,
        ),
        "byCity": Listing(
            "SpendingOfCity",
            "Transactions of one city and currency; without a currency, work that is not valued.",
            source="booked",
            parts={
                "city": Part(identity("City"), "{c}.city", "The city whose books they are in."),
                "currency": Part(TEXT, "{c}.currency", "Currency, ISO 4217.", null=True),
            },
            figures={
                **_sums("{c}.amount"),
                "personDays": Figure(
                    DECIMAL,
                    f"sum({{c}}.person_days) FILTER (WHERE {_of(GROUPS['spent'][0])})",
                    "Work given in kind, in person-days.",
                    null=True,
                ),
            },
        ),
        "converted": Block(
            "ConvertedSpending",
            "What was spent, in one currency, each at the rate of its value date or of the last"
            f" day before with a rate, {RATE_DAYS} days back at most.",
            {
                "spent": Figure(
                    DECIMAL,
                    f"round(sum(r.amount) FILTER (WHERE {_of(GROUPS['spent'][0])}), 2)",
                    "Sum of what could be converted, rounded once; null when nothing could.",
                    null=True,
                    source="booked_converted",
                ),
                "unconverted": Figure(
                    INT,
                    f"count(*) FILTER (WHERE r.amount IS NULL AND {_of(GROUPS['spent'][0])})",
                    "Transactions for whose value date there is no rate.",
                    source="booked_converted",
                ),
                "sources": Figure(
                    list_of(TEXT),
                    "array_agg(DISTINCT concat_ws('; ', given.source,"
                    " nullif(wanted.source, given.source)))"
                    " FILTER (WHERE r.amount IS NOT NULL AND coalesce(given.source, wanted.source)"
                    " IS NOT NULL)",
                    "Who published the rates; null when none was needed.",
                    null=True,
                    source="booked_converted",
                ),
            },
            {"to": Argument(TEXT, "The currency wanted, ISO 4217, such as EUR.", currency)},
        ),
    },
)
