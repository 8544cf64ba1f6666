"""The tasks in training: a module for each task, and one for each kind of input."""
