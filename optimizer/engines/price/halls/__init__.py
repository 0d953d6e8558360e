"""Halls that may be switched off: agents of the bound, and a search that moves them."""
