"""Backups: made whole or not at all, checked before anything older is deleted, restored into a new place."""


class BackupError(Exception):
    """A backup could not be made, read or restored; the text says why and what to do."""
