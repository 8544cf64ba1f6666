"""A Keras model to the models of a bundle: schemes, routes, the search, packing."""
