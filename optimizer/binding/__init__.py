"""Which numbered nodes and domains the runs of a plan get."""
