"""Who knows whether the relay has accepted a mail whose answer was lost."""

import hashlib

from tracker.settings import Settings


def witnessed(settings: Settings, message_id: str) -> bool | None:
    """Whether the relay has accepted this mail, as far as OUTBOX_DIR can tell; None when there
    is nobody to ask. The demonstration's catcher writes the file before it answers."""
    if settings.outbox_dir is None or not settings.outbox_dir.is_dir():
        return None
    name = hashlib.sha256(message_id.encode()).hexdigest()
    return (settings.outbox_dir / f"{name}.1.eml").exists()
