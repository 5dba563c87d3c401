"""Monge-Ampere: maps of the probability flow, optimal maps, and the distance between them."""

from ..measures import DiscreteMeasure, GaussianMixture
from .brenier import BrenierMap, brenier_map
from .flow import FlowMap, flow_between, probability_flow_map, tail_map
from .gap import MapGap, map_gap
from .jacobian import FlowJacobian, jacobian_asymmetry, tail_projection_gap
from .laguerre import LaguerreDiagram, solve_semidiscrete
from .original_time import original_time_flow_map
from .prior import prior_error

__all__ = [
    "BrenierMap",
    "DiscreteMeasure",
    "FlowJacobian",
    "FlowMap",
    "GaussianMixture",
    "LaguerreDiagram",
    "MapGap",
    "brenier_map",
    "flow_between",
    "jacobian_asymmetry",
    "map_gap",
    "original_time_flow_map",
    "prior_error",
    "probability_flow_map",
    "solve_semidiscrete",
    "tail_map",
    "tail_projection_gap",
]
