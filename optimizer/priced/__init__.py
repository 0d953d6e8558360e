"""The bound of a certificate, term by term, recomputed in plain integers from its prices."""
