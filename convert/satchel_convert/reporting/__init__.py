"""What verification found, where people look: the terminal, a page, and JSON for programs."""
