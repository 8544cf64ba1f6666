"""Writes the pages of the documentation site that follow from code, schemas and bundles."""
