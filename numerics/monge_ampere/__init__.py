"""Monge-Ampere: maps of the probability flow, optimal maps, and the distance between them."""

from ..measures import DiscreteMeasure, GaussianMixture
from .flow import FlowMap, flow_between, probability_flow_map, tail_map
from .original_time import original_time_flow_map

__all__ = [
    "DiscreteMeasure",
    "FlowMap",
    "GaussianMixture",
    "flow_between",
    "original_time_flow_map",
    "probability_flow_map",
    "tail_map",
]
