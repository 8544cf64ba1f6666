"""Shows the results of verification: on the terminal, on a page, and as JSON for programs."""
