"""The certified bound: pricing, dual ascent, certificates, and what they exclude."""
