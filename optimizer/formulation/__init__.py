"""The time-indexed program over columns: integer arrays, the same model in Pyomo, and its files."""
