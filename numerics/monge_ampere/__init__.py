"""Monge-Ampere: maps of the probability flow, optimal maps, and the distance between them."""

from ..measures import DiscreteMeasure, GaussianMixture
from .flow import FlowMap, flow_between, probability_flow_map, tail_map
from .jacobian import FlowJacobian, jacobian_asymmetry, tail_projection_gap
from .original_time import original_time_flow_map
from .prior import prior_error

__all__ = [
    "DiscreteMeasure",
    "FlowJacobian",
    "FlowMap",
    "GaussianMixture",
    "flow_between",
    "jacobian_asymmetry",
    "original_time_flow_map",
    "prior_error",
    "probability_flow_map",
    "tail_map",
    "tail_projection_gap",
]
