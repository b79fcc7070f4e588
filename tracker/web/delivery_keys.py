"""What a mail is about, in words: rows know it by a key, which each kind of mail makes its own way
(`deliveries/owing.py`)."""

import re
from datetime import date

from tracker.locale import Reader
from tracker.web.labels import SUBJECTS
from tracker.web.places import page_of
from tracker.web.words import DELIVERY_KINDS, N_

ACCOUNTS = {
    "sign_in": SUBJECTS["sign_in_link"],
    "reset": SUBJECTS["password"],
    "address": N_("E-mail address"),
    "sign_on": SUBJECTS["sign_on"],
    "account": N_("Account"),
    "decided": SUBJECTS["decision"],
    "erasure": N_("People to be forgotten"),
    "handover": SUBJECTS["handover"],
    "hook_ended": SUBJECTS["digest_hook"],
    "new_device": N_("A new browser signed in to your account"),
    "reply_refused": N_("A reply of which something was not recorded"),
}
"""Template of a mail about an account -> what it is about."""

DIGEST_OF, ASKED_FOR = N_("Digest of {period}"), N_("Digest that was asked for on {moment}")
WEEK, QUARTER = N_("week {n} of {year}"), N_("quarter {n} of {year}")
DUE_ON = N_("What was due on {day}")

_AGAIN = re.compile(r"(:\d{4}-\d\d-\d\dT[\d:]+\.\d+Z)+$")
"""When it was told, or sent once more."""


def about(reader: Reader, kind: str, key: str) -> tuple[str, str]:
    """What a mail of the kind (as GraphQL names it) with this key is about, and the address of its
    page, "" for none."""
    first, _, rest = _AGAIN.sub("", key).partition(":")
    if kind == "HOOK":
        return f"{reader.gettext(SUBJECTS['digest_issue'])} {first}", ""
    if kind == "INVITATION":
        return f"{reader.gettext(SUBJECTS['invitation'])} {first}", "/invitations"
    if first == "periodic":
        return _digest(reader, rest), ""
    if first == "closing":
        return f"{reader.gettext('Closing digest')} {rest}", f"/projects/{rest}"
    if first == "day":
        return reader.gettext(DUE_ON).format(day=reader.day(rest)), ""
    number = rest.partition(":")[0]
    if first in SUBJECTS and number.isdecimal():
        return f"{reader.gettext(SUBJECTS[first])} {number}", page_of(first, int(number))
    return reader.gettext(ACCOUNTS.get(first, DELIVERY_KINDS[kind])), ""


def _digest(reader: Reader, turn: str) -> str:
    """By the turn's name (`digests/rules.Schedule.key`)."""
    if "T" in turn:
        return reader.gettext(ASKED_FOR).format(moment=reader.moment(turn))
    year, _, part = turn.partition("-")
    if part[:1] in ("W", "Q"):
        template = WEEK if part[0] == "W" else QUARTER
        period = reader.gettext(template).format(n=int(part[1:]), year=year)
    elif "-" in part:
        period = reader.day(turn)
    else:
        period = reader.month(date.fromisoformat(f"{turn}-01"))
    return reader.gettext(DIGEST_OF).format(period=period)
