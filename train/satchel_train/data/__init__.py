"""Reads files, downloads and tables, and makes samples, parts, model inputs and batches."""
