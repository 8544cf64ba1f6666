"""Small models that learn from larger ones, or from their own earlier weights."""
