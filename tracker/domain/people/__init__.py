"""People: persons, their memberships, and the proofs of who they are."""
