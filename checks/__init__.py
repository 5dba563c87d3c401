"""Does it hold: claims, controls, evidence and the runner."""

if not __name__.startswith("lemmata."):
    raise ImportError(f"import this layer as lemmata.checks, not as {__name__}: a second copy would hold other classes")
