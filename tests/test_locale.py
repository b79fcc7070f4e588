"""The catalogues themselves."""

import re
import warnings
from collections import Counter

from babel.messages.pofile import read_po

from tracker.locale import CATALOGUES, DOMAIN, Reader, languages


def test_catalogues_have_the_plurals_of_their_languages_and_no_more() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for path in CATALOGUES.glob(f"*/LC_MESSAGES/{DOMAIN}.po"):
            with path.open("rb") as file:
                read_po(file, locale=path.parts[-3], domain=DOMAIN, abort_invalid=True)
            told = re.findall(r'^msgid "(.+)"$', path.read_text(), re.MULTILINE)
            assert [text for text, times in Counter(told).items() if times > 1] == []
    assert "ko" in languages()
    assert "msgstr[1]" not in (CATALOGUES / "ko/LC_MESSAGES" / f"{DOMAIN}.po").read_text()
    assert Reader("ko").ngettext("{n} day", "{n} days", 3) == "{n}일"
