"""From files, downloads and tables to samples, parts, model inputs and batches."""
