"""What money and work in kind look like, in a plan and in the books."""

from datetime import date
from decimal import Decimal

from tracker.domain import currencies
from tracker.domain.messages import say
from tracker.domain.problems import Problems

AMOUNT_BELOW = 10**13
"""What the column holds, in any currency."""

DAYS_BELOW = 10**7
"""The same of person-days."""


def amounts(
    amount: Decimal | None, days: Decimal | None, problems: Problems, at: str = ""
) -> tuple[Decimal | None, Decimal | None]:
    """Amount and person-days, of which at least one is given; `at` says where they stand in the
    input. What is missing stays None: work that is not valued is not worth nothing."""
    problems.unless(
        amount is not None or days is not None,
        f"{at}amount",
        say("Give an amount, or the person-days of work in kind."),
    )
    return (
        _bounded(amount, AMOUNT_BELOW, f"{at}amount", problems),
        _bounded(days, DAYS_BELOW, f"{at}person_days", problems),
    )


def currency_of(
    text: str | None, amount: Decimal | None, day: date | None, problems: Problems, at: str = ""
) -> str | None:
    """The code of the amount's currency, which is in use on the day; None without an amount."""
    field, code = f"{at}currency", (text or "").strip().upper()
    if amount is None:
        problems.unless(
            not code, field, say("Without an amount there is no currency; leave it out.")
        )
        return None
    currencies.check(code, day, problems, field)
    return code


def _bounded(number: Decimal | None, below: int, field: str, problems: Problems) -> Decimal | None:
    number = problems.number(field, number)
    problems.unless(
        number is None or (0 <= number < below and number == round(number, 2)),
        field,
        say("Must not be negative, and have two decimals at most."),
    )
    return number
