"""The command ``loadstone``. ``main`` is its entry point; nothing heavy is imported before a command needs it."""
