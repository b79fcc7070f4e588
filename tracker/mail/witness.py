"""Who knows whether a relay has accepted a mail whose answer was lost: the journal's mailbox, the
relay's log, or the folder of the demonstration's catcher; whichever of them the settings name."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from tracker.mail.boxes import BoxAway, opened
from tracker.mail.relay_log import relay_log
from tracker.settings import Settings


class Testimony(IntEnum):
    """What is known of a mail; of several witnesses' words the greater counts."""

    NOBODY = 0
    """There is nobody to ask."""
    ABSENT = 1
    """It was not accepted."""
    SILENT = 2
    """Whoever would know says nothing now."""
    TAKEN = 3
    """It was accepted."""


@dataclass(frozen=True)
class Doubt:
    """A mail that may have been accepted: its Message-ID, the sender on its envelope, when it was
    first tried, and whether the journal was to get a copy."""

    message_id: str
    sender: str
    tried_at: datetime
    journalled: bool


Words = Mapping[str, Testimony]
Witness = Callable[[Settings, Sequence[Doubt]], Words]


def witnessed(settings: Settings, doubts: Sequence[Doubt]) -> dict[str, Testimony]:
    """What is known of the mails, by Message-ID. It waits, so it is to be called in a thread."""
    told = [ask(settings, doubts) for ask in WITNESSES]
    return {
        each.message_id: max(words.get(each.message_id, Testimony.NOBODY) for words in told)
        for each in doubts
    }


def _catcher(settings: Settings, doubts: Sequence[Doubt]) -> Words:
    """The demonstration's catcher writes a mail's file before it answers."""
    folder = settings.outbox_dir
    if folder is None:
        return {}
    if not folder.is_dir():
        return dict.fromkeys((each.message_id for each in doubts), Testimony.SILENT)
    return {each.message_id: _of((folder / _file(each)).exists()) for each in doubts}


def _file(doubt: Doubt) -> str:
    return f"{hashlib.sha256(doubt.message_id.encode()).hexdigest()}.1.eml"


def _journal(settings: Settings, doubts: Sequence[Doubt]) -> Words:
    """The copy was accepted with the mail or not at all."""
    these = [each for each in doubts if each.journalled]
    if settings.journal_box is None or not these:
        return {}
    names = [each.message_id for each in these]
    try:
        with opened(settings.journal_box) as box:
            found = box.holding(names, min(each.tried_at for each in these))
    except BoxAway:
        return dict.fromkeys(names, Testimony.SILENT)
    return {each: _of(each in found) for each in names}


def _log(settings: Settings, doubts: Sequence[Doubt]) -> Words:
    """A log that does not reach back far enough tells what happened, not what did not."""
    if settings.relay_log is None or not doubts:
        return {}
    log = relay_log(settings.relay_log)
    try:
        log.read_on()
    except OSError:
        return dict.fromkeys((each.message_id for each in doubts), Testimony.SILENT)
    return {
        each.message_id: _of(log.taken(each.message_id, each.sender))
        if log.reaches_back_to(each.tried_at) or log.taken(each.message_id, each.sender)
        else Testimony.SILENT
        for each in doubts
    }


def _of(found: bool) -> Testimony:
    return Testimony.TAKEN if found else Testimony.ABSENT


WITNESSES: Sequence[Witness] = (_catcher, _journal, _log)
"""Each tells of the mails that it is asked about; nothing where the settings do not name it."""
