"""Idempotency keys: a change that is asked for twice is made once."""
