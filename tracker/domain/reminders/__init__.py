"""Reminders: who is mailed before something is due, and who when nobody says anything."""
