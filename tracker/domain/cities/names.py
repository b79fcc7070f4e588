"""What cities are called."""

from typing import Any

from tracker.domain.cities.tables import City


def told_of(city: City) -> dict[str, Any]:
    """The city's names, keyed as GraphQL tells them: which one is read, its reader's language
    says."""
    return {"name": city.name, "localName": city.local_name, "languages": city.languages}
