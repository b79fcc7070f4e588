"""Cities."""

from datetime import date

from babel import Locale

from tracker.domain.cities import actions, rules, tables
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import auto, computed, many
from tracker.graphql.planner.search import Search
from tracker.graphql.registry import registry

BY_NAME = Search(
    query="cities_called({x})",
    condition="{t}.id = ANY (ARRAY(SELECT k::integer FROM jsonb_object_keys({q}) k))",
    rank="coalesce(({q} ->> {t}.id::text)::float8, 0)",
    likeness=True,
)
"""By its name in any script, its beginning, or a slip of it."""

REGION_NAMES = " ".join(
    f"WHEN '{code}' THEN '{name.replace(chr(39), chr(39) * 2)}'"
    for code, name in Locale("en").territories.items()
    if code.isdigit()
)
"""The regions of UN M49 as CLDR names them, as the arms of a CASE."""


@registry.node(tables.City, visible=rules.visible, plural="cities", order=("name",), search=BY_NAME)
class City:
    """A city that can donate or receive a practice."""

    geoname_id: auto
    name: auto
    local_name: auto
    country_code: auto
    region_code: auto
    region_name = computed(
        str,
        f"CASE {{t}}.region_code {REGION_NAMES} ELSE {{t}}.region_code END",
        "World region, its English name after CLDR; the code where it has none.",
    )
    latitude: auto
    longitude: auto
    population: auto
    time_zone: auto
    languages: auto
    iati_identifier: auto
    membership: auto
    fiscal_year_start_month: auto
    practices = many("Practice", "What the city offers.", by="city")
    requests = many("Request", "What the city asks for.", by="city")
    participations = many("Participation", "The projects it takes part in.", by="city")
    memberships = many("Membership", "Who acts for the city.", by="city")
    decisions = many("Decision", "What its mayor is asked to decide.", by="city")
    delegations = many("Delegation", "Who decides in its mayor's place, and when.", by="city")
    today = computed(
        date,
        "(:now AT TIME ZONE {t}.time_zone)::date",
        "The civil date there now.",
    )


MUTATIONS = mutations("City", actions.import_cities, noun="cities")
