"""Where the review's statements stand, by what was done with them."""

from ..claim import Reading, Source

REVIEW = "touring2024"
"""Key of the review in the bibliography: arXiv 2311.13845, version 2."""


def as_printed(locator: str) -> Source:
    """Return the source of a statement that is checked as it stands."""
    return Source(REVIEW, locator, Reading.AS_PRINTED)


def corrected(locator: str) -> Source:
    """Return the source of a statement that takes the place of a printed one."""
    return Source(REVIEW, locator, Reading.CORRECTED)


def restated(locator: str) -> Source:
    """Return the source of a statement that says what the printed one means, with its hypotheses."""
    return Source(REVIEW, locator, Reading.RESTATED)
