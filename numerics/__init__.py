"""How it is solved: JAX and Diffrax on what theory derives."""

if not __name__.startswith("lemmata."):
    raise ImportError(
        f"import this layer as lemmata.numerics, not as {__name__}: a second copy would hold other classes"
    )
