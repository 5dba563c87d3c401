"""How an identity is decided: normal form, certificates, ball arithmetic, sampling and refutation."""
