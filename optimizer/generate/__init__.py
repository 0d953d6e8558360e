"""Instances made from public figures, real series and a seed. ``optimizer/generate/data`` holds the series and the trace."""
