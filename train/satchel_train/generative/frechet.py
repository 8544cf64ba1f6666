"""Measures the distance between a set of generated images and a set of real ones.

Source: Heusel et al. 2017, GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
Equilibrium. They use the features of an Inception network. Features of another network give other
numbers, so that only distances in the features of the same network can be compared.
"""

import numpy as np
from numpy.typing import NDArray


def frechet_distance(features: NDArray[np.floating], others: NDArray[np.floating]) -> float:
    """Return the squared distance of two normal distributions, from their means and covariances.

    >>> frechet_distance(np.array([[0.0], [2.0]]), np.array([[3.0], [5.0]]))
    9.0

    Args:
        features: the features of some images, (n, features).
        others: the features of the other images, (m, features).

    """
    first, second = features.astype(np.float64), others.astype(np.float64)
    apart = np.square(first.mean(axis=0) - second.mean(axis=0)).sum()
    wide, other_wide = _covariance(first), _covariance(second)
    root = _square_root(wide)
    # Rounding could make the root of the product itself complex; this one has the same trace.
    common = np.trace(_square_root(root @ other_wide @ root))
    return float(max(0.0, apart + np.trace(wide) + np.trace(other_wide) - 2 * common))


def _covariance(features: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.atleast_2d(np.cov(features, rowvar=False))


def _square_root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the square root of a symmetric matrix without negative eigenvalues."""
    eigenvalues, vectors = np.linalg.eigh(matrix)
    roots = np.sqrt(np.clip(eigenvalues, 0, None))
    root: NDArray[np.float64] = (vectors * roots) @ vectors.T
    return root
