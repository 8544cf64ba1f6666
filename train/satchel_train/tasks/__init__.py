"""What training does for each task: a module a task, and one for each kind of input."""
