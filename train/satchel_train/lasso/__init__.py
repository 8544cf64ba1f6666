"""Trains L1-penalized logistic regressions of texts, over a path of penalties, without epochs."""
