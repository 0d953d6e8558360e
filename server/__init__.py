"""The gRPC service: a thin shell around ``optimizer``."""
