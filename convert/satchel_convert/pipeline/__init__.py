"""What the commands do, as functions: convert, pack, verify, compare, explain."""
