"""Sampling with pushforward maps, after the review arXiv 2311.13845v2: what its statements rest on, exactly."""
