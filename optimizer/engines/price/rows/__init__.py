"""Rows that are added to the relaxation where gangs are large beside their limits."""
