"""The demonstration: a made-up portfolio, a story through the public API, and a mail catcher.

Nothing here is needed by an installation for real use.
"""

from pathlib import Path

ENVIRONMENT = {
    "DEMONSTRATION": "1",
    "SWEEP_SECONDS": "2",
    "DELIVERY_LEASE_SECONDS": "5",
    "REPLY_ADDRESS": "reply@tracker.example",
    "BOUNCE_ADDRESS": "bounces@tracker.example",
    "CONTACT_ADDRESS": "contact@secretariat.example",
}
"""What the demonstration sets where the environment says nothing else. Nobody waits two minutes
for the digest of a worker that was killed to be taken up by the next. What its mailbox lets come
back goes to these addresses."""


ADDRESS = "address"
"""The file in the data folder that says where a running demonstration is reached."""


def address_of(data_dir: Path) -> str | None:
    """Where the demonstration in the folder is reached; None where none runs."""
    try:
        return (data_dir / ADDRESS).read_text()
    except OSError:
        return None


class DemonstrationFailed(Exception):
    """Something that the demonstration promises did not happen; one line that says what."""
