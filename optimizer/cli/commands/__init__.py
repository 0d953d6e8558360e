"""One module a command; each has ``run(arguments, console) -> ExitCode`` and is imported only when it is called."""
