"""The demonstration: a made-up portfolio, a story through the public API, and a mail catcher.

Nothing here is needed by an installation for real use.
"""

ENVIRONMENT = {"DEMONSTRATION": "1", "SWEEP_SECONDS": "2", "DELIVERY_LEASE_SECONDS": "5"}
"""What the demonstration sets where the environment says nothing else. Nobody waits two minutes
for the digest of a worker that was killed to be taken up by the next."""


class DemonstrationFailed(Exception):
    """Something that the demonstration promises did not happen; one line that says what."""
