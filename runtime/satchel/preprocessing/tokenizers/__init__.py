"""Turns texts into token ids. There is one module for each kind of tokenizer.

Each module has a NamedTuple of what the card says of the tokenizer, and three functions: ``parse``
reads it from a card, ``describe`` puts it in words, and ``open_tokenizer`` returns the tokenizer.
"""
