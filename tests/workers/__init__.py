"""Digests from timetable to inbox, with a real relay."""
