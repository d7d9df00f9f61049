"""Editors' accounts: passwords, second factor, sessions, lockout. docs/accounts.md tells the whole story."""
