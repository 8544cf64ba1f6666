"""How texts become token ids: one module for each kind of tokenizer."""
