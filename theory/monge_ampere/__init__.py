"""Monge-Ampere: when does the probability flow converge to optimal transport?"""

from .flow_enclosure import EnclosureTooWideError, FlowLabel, FlowProblem, enclose_flow_label

__all__ = ["EnclosureTooWideError", "FlowLabel", "FlowProblem", "enclose_flow_label"]
