"""Labelled queries and what is measured with them."""
