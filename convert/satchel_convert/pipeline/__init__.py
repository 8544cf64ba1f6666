"""The work of the commands as functions: convert, pack, verify, compare, explain."""
