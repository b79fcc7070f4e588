"""The domain through its actions, against a real database."""
