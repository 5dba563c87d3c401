"""Check the mathematics of generative-model papers by machine.

The layers, each importing only those before it: `lemmata.theory` (what is claimed), `lemmata.numerics` (how it is
solved), `lemmata.checks` (does it hold), `lemmata.reports` (what we say), `lemmata.cli` (the command line).
"""

__version__ = "0.1.0"
