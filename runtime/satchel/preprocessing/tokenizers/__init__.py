"""Turns texts into token ids. There is one module for each kind of tokenizer."""
