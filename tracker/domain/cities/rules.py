"""Cities are public."""

from tracker.domain.visibility import everyone

visible = everyone
