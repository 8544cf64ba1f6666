"""How far generated images are from real ones, as a whole.

Source: Heusel et al. 2017, GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
Equilibrium. Theirs are the features of an Inception network; with others the numbers are other
ones, so that only distances in the features of one network can be compared.
"""

import numpy as np
from numpy.typing import NDArray


def frechet_distance(features: NDArray[np.floating], others: NDArray[np.floating]) -> float:
    """Return the squared distance between two normal distributions, of means and covariances alike.

    >>> frechet_distance(np.array([[0.0], [2.0]]), np.array([[3.0], [5.0]]))
    9.0

    Args:
        features: of some images, (n, features).
        others: of the other images, (m, features).

    """
    first, second = features.astype(np.float64), others.astype(np.float64)
    apart = np.square(first.mean(axis=0) - second.mean(axis=0)).sum()
    wide, other_wide = _covariance(first), _covariance(second)
    root = _square_root(wide)
    # The product's own root would be complex by rounding; this one has the same trace.
    common = np.trace(_square_root(root @ other_wide @ root))
    return float(max(0.0, apart + np.trace(wide) + np.trace(other_wide) - 2 * common))


def _covariance(features: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.atleast_2d(np.cov(features, rowvar=False))


def _square_root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the root of a symmetric matrix without negative eigenvalues."""
    eigenvalues, vectors = np.linalg.eigh(matrix)
    roots = np.sqrt(np.clip(eigenvalues, 0, None))
    root: NDArray[np.float64] = (vectors * roots) @ vectors.T
    return root
