"""LaTeX that one of the outputs would break is refused by name, and what SymPy prints of ours is carried."""

import pytest

from lemmata.reports.mathematics import UnsupportedMathematics, check_latex

TRAPS = {
    r"\operatorname{erf} x": r"\operatorname",
    r"a \tag{1}": r"\tag",
    r"a \label{eq} b": r"\label",
    r"{a \over b}": r"\over",
    r"\cfrac{a}{b}": r"\cfrac",
    r"\textcolor{red}{a}": r"\textcolor",
    r"\color{red} a": r"\color",
    r"90\degree": r"\degree",
    r"\def\x{a} \x": r"\def",
    r"\begin{dcases} a \end{dcases}": r"\begin{dcases}",
    r"\begin{subarray}{l} a \end{subarray}": r"\begin{subarray}",
    r"\begin{array}{c|c} a & b \end{array}": r"\begin{array}",
    r"\begin{vmatrix} a \end{vmatrix}": r"\begin{vmatrix}",
    r"\bra{x}": r"\bra",
    r"\rule{1em}{1pt}": r"\rule",
    r"\sideset{}{'}\sum a": r"\sideset",
    r"\verb|a|": r"\verb",
    r"a \otimes b": r"\otimes",
    r"\bigotimes_i a_i": r"\bigotimes",
    r"A \cap B": r"\cap",
    r"a \odot b": r"\odot",
    r"\left]a, b\right[": r"\left]",
    r"\left[a, b\right[": r"\right[",
    r"f\!(x)": r"\!",
    r"a \& b": r"\&",
    r"\left\|x\right\|": r"\left\|",
    r"\left. f \right|_{x=0}": r"\left.",
    r"\left( f \right.": r"\right.",
    r"\mbox{a}": r"\mbox",
    r"\phantom{a}": r"\phantom",
    r"\mymacro{a}": r"\mymacro",
    "a & b": "&",
    "a $ b": "$",
    "a ` b": "`",
    "a % b": "%",
    "": "an empty formula",
    r"\frac{a}{b": "an unbalanced brace",
    r"a} + {b": "an unbalanced brace",
    r"\left( a": r"\left without \right",
    r"\begin{cases} a": r"\begin{cases}",
    r"\begin{cases} a \end{matrix}": r"\end{matrix}",
}

CARRIED = [
    r"\frac{d}{d s} \lambda{\left(s \right)} = - \frac{2 s}{\left(k + s^{2}\right)^{2}}",
    r"\begin{cases} s & \text{for}\: s > 0 \\ 0 & \text{otherwise} \end{cases}",
    r"\begin{aligned} a & = b \\ & \quad + c \end{aligned}",
    r"\int\limits_{0}^{\infty} e^{- x^{2}}\, dx = \frac{\sqrt{\pi}}{2}",
    r"\lVert \hat{x} \rVert^2 \le \mathbb{E}\left[ |X_1|^2 \mid X_t \right]",
    r"\left|\begin{matrix} a & b \\ c & d \end{matrix}\right| = a d - b c",
    r"\left\{ x : \left\langle x, y \right\rangle \ge 0 \right\}",
    r"50\,\%, \quad \#\{1\}, \quad \overline{X}, \quad \mathrm{erf}(x)",
]


@pytest.mark.parametrize(("latex", "fragment"), TRAPS.items())
def test_a_trap_is_refused_with_claim_and_fragment(latex: str, fragment: str) -> None:
    with pytest.raises(UnsupportedMathematics) as caught:
        check_latex(latex, "system.claim")
    assert caught.value.fragment == fragment
    assert caught.value.claim == "system.claim"
    assert str(caught.value).startswith(f"system.claim: the report cannot carry {fragment} (")


@pytest.mark.parametrize("latex", CARRIED)
def test_what_is_carried_comes_back_unchanged(latex: str) -> None:
    assert check_latex(f"\n{latex} ", "system.claim") == latex


def test_blank_lines_which_would_end_a_block_are_closed() -> None:
    assert check_latex("a\n\n  \n= b", "system.claim") == "a\n= b"
