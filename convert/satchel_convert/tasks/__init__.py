"""What the converter does for each task: a module a task, and one for each kind of its ends."""
