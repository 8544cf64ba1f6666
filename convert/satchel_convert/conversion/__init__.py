"""Makes the models of a bundle: jobs, conversion backends, the search, packing."""
