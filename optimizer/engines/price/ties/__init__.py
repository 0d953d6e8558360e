"""Order and groups: as agents of the bound, and as conditions on plans."""
