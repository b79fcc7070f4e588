"""The demonstration: a made-up portfolio, a story through the public API, and a mail catcher.

Nothing here is needed by an installation for real use.
"""

ENVIRONMENT = {"DEMONSTRATION": "1", "SWEEP_SECONDS": "2"}
"""What the demonstration sets where the environment says nothing else."""


class DemonstrationFailed(Exception):
    """Something that the demonstration promises did not happen; one line that says what."""
