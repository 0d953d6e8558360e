"""The wire package: generated code of the service's protocol buffers."""
