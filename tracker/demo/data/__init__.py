"""The demonstration portfolio as data: ten cities, what they offer, ask for and do together.

Everything is made up. People are roles, and addresses end in `.example`, which nobody owns
(RFC 2606).
"""

NOTE = "Demonstration data: made up to show the tracker, not reported by these cities."
"""Stands under every text that a reader might take for a city's own."""
