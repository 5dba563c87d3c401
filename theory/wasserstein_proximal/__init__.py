"""Score-based models as Wasserstein proximal operators."""
