"""The tasks in the converter: a module for each task, and for each kind of input and output."""
