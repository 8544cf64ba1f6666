"""The L1-penalised logistic regression of texts: it has a path of penalties, and no epochs."""
