"""Reads the tokenizers that people's models were trained with, from the files that hold them."""
