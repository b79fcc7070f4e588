"""City: who donates and who receives."""

from piccolo.columns import Array, DoublePrecision, Integer, Serial, SmallInt, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from tracker.domain.constraints import one_of
from tracker.domain.database import DB
from tracker.domain.meaning import Meaning


class CityMembership(Meaning):
    """The city's standing in the organization."""

    MEMBER = "member", "Full member: offers practices, asks for them and is a partner in projects."
    OBSERVER = "observer", "Follows the organization's work without being a member."
    APPLICANT = "applicant", "Has asked for membership; the organization has not decided yet."
    FORMER = "former", "Was a member once; what it did as one stays on record."


class City(Table, tablename="city", db=DB):
    """A city that can donate or receive a practice."""

    id: Serial
    geoname_id = Integer(unique=True, help_text="Identifier in the geonames.org data set.")
    name = Varchar(length=200, help_text="Name of the city in English.")
    local_name = Varchar(length=200, help_text="Name of the city as its own people write it.")
    country_code = Varchar(length=2, index=True, help_text="Country, ISO 3166-1 alpha-2.")
    region_code = Varchar(length=3, index=True, help_text="World region, UN M49 numeric code.")
    latitude = DoublePrecision(help_text="Degrees north, WGS 84.")
    longitude = DoublePrecision(help_text="Degrees east, WGS 84.")
    population = Integer(help_text="Inhabitants of the city proper.")
    time_zone = Varchar(length=64, help_text="IANA time zone: due dates are civil dates in it.")
    languages = Array(
        base_column=Varchar(length=35),
        help_text="Languages spoken, BCP 47, the most common first.",
    )
    iati_identifier = Varchar(
        length=100, null=True, default=None, help_text="IATI organisation identifier, if any."
    )
    membership = Varchar(
        length=20,
        choices=CityMembership,
        default=CityMembership.MEMBER,
        help_text="The city's standing in the organization.",
    )
    fiscal_year_start_month = SmallInt(
        default=1, help_text="Month in which the city's fiscal year begins, 1 to 12."
    )

    city_membership_is_known = one_of("membership", CityMembership)
    fiscal_year_starts_in_a_month = Check("fiscal_year_start_month BETWEEN 1 AND 12")
    city_lies_on_the_globe = Check("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180")
