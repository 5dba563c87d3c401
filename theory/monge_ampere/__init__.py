"""Monge-Ampere: when does the probability flow converge to optimal transport?

`notation` names the symbols; `ornstein_uhlenbeck` derives the flow, `regular_flow` its regular coordinates, `gradient`
that each of its steps is optimal, `optimality` what that means, `coupling` how near the prior is; `gaussian`,
`one_dimension`, `reductions` and `hermite` are the cases in which the map is known; `tail` and `gradient_distance` tell
how near the tail of the flow is to a gradient, and `reflection` which data make Phi_oo one. `trapping` says when an
atom is certain to win, `far_field`, with `third_atom`, where two basins meet far out, `triangle` which triangles make
Phi_oo optimal; `flow_enclosure` and `point_enclosure` follow single points rigorously, from all late times at once by
`late_start`.
"""

from .coupling import derive_prior_error
from .far_field import derive_border_mass, derive_far_field
from .flow_enclosure import EnclosureTooWideError, FlowLabel, FlowProblem, enclose_flow_label
from .gradient import denoiser_jacobian, derive_monotone_velocity, derive_step_is_expanding
from .gradient_distance import tail_distance
from .late_start import derive_late_start, late_reach
from .one_dimension import derive_cell, derive_cumulative, derive_increasing
from .optimality import derive_gradient_is_optimal, exchange_gain
from .ornstein_uhlenbeck import derive_continuity_equation, derive_fokker_planck
from .point_enclosure import FlowPoint, enclose_flow_point, late_ball
from .reflection import derive_label_in_chamber, derive_no_crossing, derive_reflection_orbit
from .regular_flow import (
    derive_horizon_rate,
    derive_regular_flow,
    derive_reverse_map_identity,
    log_weight,
    regular_coordinates,
    regular_velocity,
)
from .tail import commutator_squares, derive_tail_rate, leading_asymmetry, reverse_asymmetry
from .third_atom import border_share
from .trapping import derive_trapped, derive_trapped_wins
from .triangle import (
    cell_angle,
    cell_mass,
    cone_mass,
    derive_angle,
    derive_centre,
    derive_compatibility,
    derive_cone_mass,
    derive_offset_is_zero,
    derive_offsets_agree,
)

__all__ = [
    "EnclosureTooWideError",
    "FlowLabel",
    "FlowPoint",
    "FlowProblem",
    "border_share",
    "cell_angle",
    "cell_mass",
    "commutator_squares",
    "cone_mass",
    "denoiser_jacobian",
    "derive_angle",
    "derive_border_mass",
    "derive_cell",
    "derive_centre",
    "derive_compatibility",
    "derive_cone_mass",
    "derive_continuity_equation",
    "derive_cumulative",
    "derive_far_field",
    "derive_fokker_planck",
    "derive_gradient_is_optimal",
    "derive_horizon_rate",
    "derive_increasing",
    "derive_label_in_chamber",
    "derive_late_start",
    "derive_monotone_velocity",
    "derive_no_crossing",
    "derive_offset_is_zero",
    "derive_offsets_agree",
    "derive_prior_error",
    "derive_reflection_orbit",
    "derive_regular_flow",
    "derive_reverse_map_identity",
    "derive_step_is_expanding",
    "derive_tail_rate",
    "derive_trapped",
    "derive_trapped_wins",
    "enclose_flow_label",
    "enclose_flow_point",
    "exchange_gain",
    "late_ball",
    "late_reach",
    "leading_asymmetry",
    "log_weight",
    "regular_coordinates",
    "regular_velocity",
    "reverse_asymmetry",
    "tail_distance",
]
