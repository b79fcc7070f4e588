"""People who were forgotten, as a page calls them: what stands in place of their name is no name,
and so is said in the reader's language."""

from typing import Any

from tracker.domain.leaving import erasure
from tracker.locale import SOURCE, Reader
from tracker.web.words import N_

CALLED = {erasure.NAME: N_("A former member")}
"""What stands in the database -> words."""

FIELDS = ("name", "title")
"""Where a person's name stands in what a document read; the latter is what an event is about."""


def reword(found: Any, reader: Reader) -> None:
    """Say it so everywhere in what a document read, in place."""
    if reader.language == SOURCE:
        return
    if isinstance(found, list):
        for each in found:
            reword(each, reader)
    elif isinstance(found, dict):
        for field in FIELDS:
            name = found.get(field)
            if isinstance(name, str) and name in CALLED:
                found[field] = reader.gettext(CALLED[name])
        for each in found.values():
            if isinstance(each, dict | list):
                reword(each, reader)
