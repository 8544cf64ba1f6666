"""What several test modules share: plain functions, tiny models and fakes."""
