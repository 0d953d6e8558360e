"""Jobs that may pause or change, and transfers before a start: priced exactly, put back into plans."""
