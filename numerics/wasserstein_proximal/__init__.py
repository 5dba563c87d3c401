"""Wasserstein proximal operators: the mean-field game behind score-based models, its closed forms and its solvers."""

from ..measures import GaussianMixture

__all__ = ["GaussianMixture"]
