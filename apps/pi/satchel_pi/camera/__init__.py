"""Watches a camera: sources of frames, a classifier on them, a command on a label."""
