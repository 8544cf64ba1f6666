"""Finds out what a workstation can train on, and why its GPU is not used."""
