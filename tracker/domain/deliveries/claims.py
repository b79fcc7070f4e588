"""Mails as a worker holds them: claimed, frozen, tried, and what became of each."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from tracker.domain import sealing
from tracker.domain.deliveries.masking import kept
from tracker.domain.deliveries.owing import about
from tracker.domain.deliveries.tables import DeliveryKind


@dataclass(frozen=True)
class Claim:
    """A mail that one worker holds alone, with its reader (BCP 47 language, IANA zone).
    `doubtful` means that an earlier try may have reached the reader, `journalled` that the journal
    was to get a copy of the last one, `unwanted` that they do without mails of its kind by now; the
    quiet hours are theirs, for lanes that keep any."""

    id: int
    token: UUID
    kind: DeliveryKind
    key: str
    person_id: int | None
    address: str
    name: str
    language: str
    time_zone: str
    created_at: datetime
    content: str | None
    message: bytes | None
    message_id: str | None
    sealed: bool
    tried_at: datetime | None
    journalled: bool
    doubtful: bool
    expired: bool
    suppressed: bool
    unwanted: bool
    quiet_from: int | None
    quiet_until: int | None
    resends: int | None
    sent_as: int | None = None
    """Its own number, where `id` is that of the first mail that said the same."""

    @property
    def told_by(self) -> int:
        """The delivery that the rows point to which tell what this one says."""
        return self.resends or self.id

    @property
    def own_id(self) -> int:
        """The delivery that goes out, whatever number it is known under."""
        return self.sent_as or self.id

    def origin(self) -> "Claim":
        """The same under the number that rows know it by."""
        return replace(self, id=self.resends, sent_as=self.id) if self.resends else self

    @property
    def worded_by(self) -> int | None:
        """The delivery whose words it says: its own, once they are frozen, or those of the mail
        that it says once more; None for one that is not written."""
        return self.id if self.message is not None else self.resends

    def told(self) -> str:
        """Its content, readable. Raises sealing.Unreadable."""
        return sealing.unsealed(self.content or "", about(self.kind, self.key))

    def frozen(self) -> bytes | None:
        """The bytes that were frozen, readable; None before. Raises sealing.Unreadable."""
        if self.message is None or not self.sealed:
            return self.message
        text = sealing.unsealed(self.message.decode(), about(self.kind, self.key))
        return text.encode("latin-1")


@dataclass(frozen=True)
class Frozen:
    """A composed mail as it will be kept and sent, to the byte, at every try."""

    claim: Claim
    message: bytes
    message_id: str

    def kept(self) -> bytes:
        """The bytes as they lie in the database."""
        claim = self.claim
        if not claim.sealed:
            return self.message
        text = self.message.decode("latin-1")
        return sealing.sealed(text, about(claim.kind, claim.key)).encode()


@dataclass(frozen=True)
class Try:
    """A mail, and the name of the relay that is to take it."""

    claim: Claim
    relay: str


@dataclass(frozen=True)
class Verdict:
    """What became of a claim, in words, which a server may have said."""

    claim: Claim
    why: str

    @property
    def told(self) -> str:
        """The words as they are kept."""
        return kept(self.why)
