"""What we say: evidence in, documents out; nothing is recomputed."""

if not __name__.startswith("lemmata."):
    raise ImportError(
        f"import this layer as lemmata.reports, not as {__name__}: a second copy would hold other classes"
    )
