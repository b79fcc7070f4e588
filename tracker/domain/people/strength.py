"""Which passwords are taken: long ones that nobody guesses. No rules on composition, no expiry
(NIST SP 800-63B-4, 3.1.1.2; ASVS 5, 6.2)."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from tracker.domain.messages import Message, say

LEAST, MOST = 12, 1000
"""Characters."""

GUESSABLE = 3
"""zxcvbn's score from 0 to 4; from 3 on a password withstands 10^8 guesses and more."""

JUDGED_MOST = 40
"""Characters that zxcvbn looks at; it gets slow, and what is longer is no common password."""

LEET = str.maketrans("4@8({[<3690!1|$5+7%2", "aabcccceggoiiissttxz")
"""zxcvbn tries all ways to read such signs as letters, for which twenty different ones cost it half
a minute. Here they are read in one way, and as they stand."""

REST_LEAST = 8
"""Characters that are no words of the person's own."""

OUR_WORDS = ("tracker", "esharing", "e-sharing", "sharing", "secretariat")

COMMON = say(
    "This is among the first passwords that would be guessed. Take four or more words that have"
    " nothing to do with each other, or let a password manager make one."
)
OWN = say("This is mostly your name, address or city. Take words that have nothing to do with you.")


def normal(password: str) -> str:
    """The same characters, however a keyboard composes them."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, own: Iterable[str]) -> Message | None:
    """What is wrong with it, in words; None when it is taken. `own` is what the person is known
    by: name, address, cities. Takes up to a tenth of a second: call it from a thread."""
    plain = normal(password)
    if not LEAST <= len(plain) <= MOST:
        return say(
            "{count} characters; take {least} to {most:,} of any kind, spaces included.",
            count=len(plain),
            least=LEAST,
            most=MOST,
        )
    words = sorted(_words(own), key=len, reverse=True)
    if len(re.sub("|".join(map(re.escape, words)), "", plain.casefold())) < REST_LEAST:
        return OWN
    judged = plain[:JUDGED_MOST]
    readings = {judged, judged.translate(LEET)}
    scores = [_judge()(each, user_inputs=words)["score"] for each in readings]
    return COMMON if min(scores) < GUESSABLE else None


@cache
def _judge() -> Callable[..., Any]:
    """zxcvbn. Its word lists take 12 MB and a tenth of a second, and few processes ever meet a new
    password: they are read for the first."""
    from zxcvbn import matching, zxcvbn

    matching.L33T_TABLE.clear()
    judge: Callable[..., Any] = zxcvbn
    return judge


def _words(own: Iterable[str]) -> set[str]:
    """The person's words and ours of three letters and more, as a whole and in parts."""
    texts = {normal(text).casefold() for text in (*own, *OUR_WORDS)}
    parts = {part for text in texts for part in re.split(r"[\W_]+", text)}
    return {text for text in texts | parts if len(text) >= 3}
