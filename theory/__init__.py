"""What is claimed: SymPy and python-flint only; JAX is never imported here."""

if not __name__.startswith("lemmata."):
    raise ImportError(f"import this layer as lemmata.theory, not as {__name__}: a second copy would hold other classes")
