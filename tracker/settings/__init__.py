"""What an installation chooses, read from the environment.

Each field of `Settings` carries its environment name, its default as text, the form it is read by
and its description, so that the table in the README, the error messages and the environment handed
to child processes all come from one list.
"""

from tracker.settings.chosen import Settings
from tracker.settings.declare import SettingsError
from tracker.settings.parse import DkimKey, Limit, Limits, MailRate, Network

__all__ = ["DkimKey", "Limit", "Limits", "MailRate", "Network", "Settings", "SettingsError"]
