"""Hours in which a person gets no mail but what they wait for."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from tracker.domain.messages import say
from tracker.domain.problems import Problems
from tracker.zones import first_shown

DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """Local hours from which and until which mails wait, 0 to 23, over midnight if need be; none:
    they never wait."""

    quiet_from: int | None = None
    quiet_until: int | None = None

    def over_at(self, now: datetime, zone: tzinfo) -> datetime | None:
        """When they end that run at this moment by the clock of the zone; None where none run.
        The clock alone decides: what it shows twice is quiet twice, what it leaves out is over."""
        local = now.astimezone(zone)
        if self.quiet_until is None or not self._hold(local.hour):
            return None
        tonight = local.hour >= self.quiet_until
        return first_shown(local.date() + DAY * tonight, self.quiet_until, zone)

    def check(self, problems: Problems) -> None:
        """Note what is wrong with them."""
        for name, hour in (("quiet_from", self.quiet_from), ("quiet_until", self.quiet_until)):
            problems.unless(
                hour is None or 0 <= hour <= 23,
                name,
                say("{value} is not between {low} and {high}.", value=hour, low=0, high=23),
            )
        problems.unless(
            (self.quiet_from is None) == (self.quiet_until is None),
            "quiet_from" if self.quiet_from is None else "quiet_until",
            say("Quiet hours begin and end: say both, or neither."),
        )
        problems.unless(
            self.quiet_from is None or self.quiet_from != self.quiet_until,
            "quiet_until",
            say("Mails would wait for ever; let the quiet hours end at another hour."),
        )

    def _hold(self, hour: int) -> bool:
        if self.quiet_from is None or self.quiet_until is None:
            return False
        if self.quiet_from < self.quiet_until:
            return self.quiet_from <= hour < self.quiet_until
        return hour >= self.quiet_from or hour < self.quiet_until
