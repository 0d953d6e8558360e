"""Whether a plan keeps every rule and a certificate proves its bound. Shares no code with the engines."""
