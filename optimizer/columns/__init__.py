"""Every admissible run as arrays: how candidates are cut from windows, and why others fall away."""
