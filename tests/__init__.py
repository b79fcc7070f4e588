"""The tests mirror `tracker/`; `cast` and `factories` are what they share."""
