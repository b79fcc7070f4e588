"""BudgetLine, Transaction, and the exchange rates that amounts are compared by."""

from typing import Any

from piccolo.columns import (
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
from tracker.domain.meaning import Meaning
from tracker.domain.people.tables import Person
from tracker.domain.projects.tables import Project


class BudgetType(Meaning):
    """IATI budget type (codes 1 and 2)."""

    ORIGINAL = "original", "As agreed at first (IATI code 1)."
    REVISED = "revised", "As changed since (IATI code 2)."


class BudgetLine(Table, tablename="budget_line", db=DB):
    """What one partner city sets aside for one purpose of a project."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    city = ForeignKey(
        City, on_delete=RESTRICT, null=False, index=True, help_text="The partner city that pays."
    )
    type = Varchar(
        length=20,
        choices=BudgetType,
        default=BudgetType.ORIGINAL,
        help_text="IATI budget type: as agreed at first, or revised since.",
    )
    title = Varchar(length=200, help_text="What the money is for.")
    amount = Numeric(
        digits=(15, 2),
        null=True,
        default=None,
        help_text="How much, in the line's own currency; null where work in kind is not valued.",
    )
    currency = Varchar(
        length=3,
        null=True,
        default=None,
        help_text="Currency of the amount, ISO 4217; null without an amount.",
    )
    person_days = Numeric(
        digits=(9, 2),
        null=True,
        default=None,
        help_text="Work given in kind, in person-days; null where the line is money.",
    )
    value_on = Date(help_text="The day whose exchange rates count for the amount.")
    baseline_amount = Numeric(
        digits=(15, 2),
        null=True,
        default=None,
        help_text="Amount at agreement; frozen from then on. Null of a line added since.",
    )
    baseline_person_days = Numeric(
        digits=(9, 2),
        null=True,
        default=None,
        help_text="Person-days at agreement; frozen from then on. Null of a line added since.",
    )
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    budget_line_type_is_known = one_of("type", BudgetType)
    budget_line_amount_is_not_negative = Check("amount >= 0")
    budget_line_person_days_are_not_negative = Check("person_days >= 0")
    budget_line_is_money_or_work = Check("num_nonnulls(amount, person_days) > 0")
    budget_line_amount_has_a_currency = Check("(amount IS NULL) = (currency IS NULL)")
    budget_line_currency_is_a_code = Check("currency ~ '^[A-Z]{3}$'")
    budget_line_value_on_is_possible = possible_day("value_on")


class TransactionType(Meaning):
    """IATI transaction type (codes 1 to 4 and 11)."""

    INCOMING_FUNDS = (
        "incoming_funds",
        "Money or work that the city received for the project (IATI code 1).",
    )
    OUTGOING_COMMITMENT = (
        "outgoing_commitment",
        "What the city has bound itself to give, such as an order (IATI code 2).",
    )
    DISBURSEMENT = "disbursement", "What the city gave to a partner (IATI code 3)."
    EXPENDITURE = "expenditure", "What the city spent on goods and services (IATI code 4)."
    INCOMING_COMMITMENT = (
        "incoming_commitment",
        "What somebody has bound themselves to give the city (IATI code 11).",
    )


class Transaction(Table, tablename="transaction", db=DB):
    """What a partner city booked for a project: money, or work in kind. It is never edited: what is
    wrong is reversed by another one, and booked anew."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    city = ForeignKey(
        City, on_delete=RESTRICT, null=False, index=True, help_text="The city whose books it is in."
    )
    type = Varchar(length=20, choices=TransactionType, help_text="IATI transaction type.")
    description = Varchar(length=200, help_text="What it was for.")
    budget_line = ForeignKey(
        BudgetLine,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The budget line that it draws on, if any.",
    )
    amount = Numeric(
        digits=(15, 2),
        null=True,
        default=None,
        help_text="How much, in its own currency; null where work in kind is not valued.",
    )
    currency = Varchar(
        length=3,
        null=True,
        default=None,
        help_text="Currency of the amount, ISO 4217; null without an amount.",
    )
    person_days = Numeric(
        digits=(9, 2),
        null=True,
        default=None,
        help_text="Work given in kind, in person-days; null where it is money.",
    )
    value_on = Date(help_text="The day on which it happened, whose exchange rates count.")
    reverses: ForeignKey[Any] = ForeignKey(
        "self",
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The transaction that this one takes back, if it does.",
    )
    reason = Text(null=True, default=None, help_text="Why it takes another one back, if it does.")
    author = ForeignKey(Person, on_delete=RESTRICT, null=False, help_text="Who booked it.")
    created_at = Timestamptz(help_text="When it was booked.")

    transaction_type_is_known = one_of("type", TransactionType)
    transaction_is_money_or_work = Check("num_nonnulls(amount, person_days) > 0")
    transaction_amount_has_a_currency = Check("(amount IS NULL) = (currency IS NULL)")
    transaction_currency_is_a_code = Check("currency ~ '^[A-Z]{3}$'")
    transaction_value_on_is_possible = possible_day("value_on")
    transaction_is_negative_only_as_a_reversal = Check(
        "CASE WHEN reverses IS NULL THEN coalesce(amount, 0) >= 0 AND coalesce(person_days, 0) >= 0"
        " ELSE coalesce(amount, 0) <= 0 AND coalesce(person_days, 0) <= 0 END"
    )
    transaction_reversal_has_a_reason = Check("reverses IS NULL OR coalesce(reason, '') <> ''")
    transaction_reason_is_short_enough = at_most("reason")
    transaction_is_reversed_once = Unique([reverses])


class RateImport(Table, tablename="rate_import", db=DB):
    """One file of exchange rates that was read in."""

    id: Serial
    source = Varchar(length=200, help_text="Who published the rates.")
    first_on = Date(help_text="Day of the oldest rate in the file.")
    last_on = Date(help_text="Day of the newest rate in the file.")
    rates = Integer(help_text="Rates in the file.")
    revised = Integer(help_text="Rates known before that the file changed.")
    imported_at = Timestamptz(help_text="When it was read in.")


class ExchangeRate(Table, tablename="exchange_rate", db=DB):
    """What one euro was worth in another currency on a day."""

    id: Serial
    currency = Varchar(length=3, help_text="The other currency, ISO 4217.")
    rated_on = Date(help_text="The day for which the rate was published.")
    rate = Numeric(help_text="Units of the currency for one euro.")
    source = Varchar(length=200, help_text="Who published the rate.")
    batch = ForeignKey(
        RateImport, on_delete=RESTRICT, null=False, help_text="The import that brought it."
    )

    exchange_rate_currency_is_a_code = Check("currency ~ '^[A-Z]{3}$' AND currency <> 'EUR'")
    exchange_rate_rated_on_is_possible = possible_day("rated_on")
    exchange_rate_is_positive = Check("rate > 0")
    exchange_rate_is_plausible = Check("rate < 1e15 AND scale(rate) <= 6")
    exchange_rate_is_once_a_day = Unique([currency, rated_on])
