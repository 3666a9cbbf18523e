"""What the command line and the magics can do: one parser and one function a verb, shared by both.

A verb's module has `HELP`, `EXAMPLE`, `add_arguments(parser)` and `run(options, subject)`. The
subject is what it works on: the command line reads it from a file, a magic from the notebook.
"""
