"""An installation that starts nothing."""

from pathlib import Path

from tracker.settings import Settings


def idle(folder: Path) -> Settings:
    """Its settings, with what it keeps in the folder."""
    return Settings.from_environment(
        {
            "BASE_URL": "https://tracker.example.org",
            "DATA_DIR": str(folder),
            "MAIL_FROM": "e-Sharing <tracker@example.org>",
            "DELIVERY_LEASE_SECONDS": "5",
        }
    )
