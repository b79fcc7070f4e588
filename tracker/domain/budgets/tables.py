"""BudgetLine, and the exchange rates that amounts are compared by."""

from piccolo.columns import Date, ForeignKey, Integer, Numeric, Serial, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from tracker.domain.cities.tables import City
from tracker.domain.constraints import RESTRICT, one_of, possible_day
from tracker.domain.database import DB
from tracker.domain.meaning import Meaning
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
    amount = Numeric(digits=(15, 2), help_text="How much, in the line's own currency.")
    currency = Varchar(length=3, help_text="Currency of the amount, ISO 4217.")
    value_on = Date(help_text="The day whose exchange rates count for the amount.")
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    budget_line_type_is_known = one_of("type", BudgetType)
    budget_line_amount_is_not_negative = Check("amount >= 0")
    budget_line_currency_is_a_code = Check("currency ~ '^[A-Z]{3}$'")
    budget_line_value_on_is_possible = possible_day("value_on")


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
    exchange_rate_is_once_a_day = Unique([currency, rated_on])
