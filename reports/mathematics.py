r"""Which LaTeX the report can carry: to GitHub (MathJax), and through pandoc to HTML (MathML) and PDF (Typst).

A fragment is carried if every command in it is on the list below; pandoc 3.9 converts each of these without a warning
and Typst 0.15 compiles it. Everything else is refused early and by name, because late it is a broken page (`\otimes`
stops the compiler) or, worse, a wrong one (`\&` vanishes, `\!` makes letters overlap, a one-sided `\left.` loses its
bar).

References: GitHub, "Writing mathematical expressions"; pandoc manual, `tex_math_gfm`.
"""

import re
from typing import final

from .stored import ReportError

_SYMBOLS = """
alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho sigma
varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
partial nabla infty ell hbar Re Im aleph emptyset varnothing forall exists nexists neg top bot prime imath jmath
pm mp times div cdot ast star circ bullet cup setminus wedge vee oplus dagger
leq le geq ge neq ne ll gg equiv sim simeq approx cong propto subset supset subseteq supseteq subsetneq in ni notin
prec succ preceq succeq perp parallel mid nmid vdash models asymp lesssim gtrsim leqslant geqslant
to gets rightarrow leftarrow leftrightarrow Rightarrow Leftarrow Leftrightarrow mapsto longmapsto longrightarrow
longleftarrow implies impliedby iff uparrow downarrow hookrightarrow rightharpoonup nearrow searrow xrightarrow
sum prod int iint iiint oint bigcup bigoplus bigwedge bigvee limits nolimits
sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan exp log ln lg det dim ker max min sup inf lim limsup
liminf Pr arg deg gcd ldots cdots vdots ddots dots dotsc dotsb quad qquad
lvert rvert lVert rVert vert Vert langle rangle lfloor rfloor lceil rceil backslash colon therefore because square
triangle angle displaystyle textstyle left right middle begin end
hat tilde bar vec dot ddot dddot widehat widetilde overline underline check breve mathring sqrt
mathrm mathbf mathit mathcal mathbb mathfrak mathsf mathtt mathscr boldsymbol text textbf textit textrm
overbrace underbrace pmod bmod substack frac dfrac tfrac binom stackrel overset underset
"""

CARRIED = frozenset(_SYMBOLS.split()) | frozenset(",;: {}|\\%#_$")
"""The commands that reach all three outputs intact; a one-character entry is the command `\\` + that character."""

ENVIRONMENTS = frozenset(("matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "cases", "aligned", "gathered"))

REMEDIES = {
    "operatorname": r"write \mathrm{...}: GitHub refuses it",
    "mbox": r"write \text{...}: GitHub refuses it",
    "phantom": "leave it out: GitHub refuses it",
    "tag": "number the step in prose",
    "label": "refer to the step in prose",
    "over": r"write \frac{...}{...}",
    "cfrac": r"write \dfrac{...}{...}",
    "degree": r"write ^{\circ}",
    "bra": r"write \langle ...",
    "ket": r"write ... \rangle",
    "!": "leave it out: letters overlap",
    "&": "it vanishes from the PDF: write the word",
    "bm": r"write \boldsymbol{...}",
    "otimes": r"Typst has no such symbol: write the tensor product in words, or \times",
    "cap": r"Typst has no such symbol: write \wedge or words",
    "def": "write the macro out",
    "newcommand": "write the macro out",
    "big": r"write \left( ... \right)",
    "bigl": r"write \left( ... \right)",
    "bigr": r"write \left( ... \right)",
    "Big": r"write \left( ... \right)",
    "Bigl": r"write \left( ... \right)",
    "Bigr": r"write \left( ... \right)",
    "vmatrix": r"write \left|\begin{matrix} ... \end{matrix}\right|",
    "dcases": "write cases",
    "rcases": "write cases",
    "array": "write matrix or cases: rules inside an array are lost",
}
"""What to write instead, where we know."""

_COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
_DELIMITER = re.compile(r"\\(left|right)(?![A-Za-z])\s*(\\[A-Za-z]+|\\.|.)", re.DOTALL)
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([^}]*)\}")
_BLANK_LINES = re.compile(r"\n\s*\n")


@final
class UnsupportedMathematics(ReportError):  # noqa: N818 - it names what was found, and is caught as ReportError
    """A LaTeX fragment that one of the outputs cannot carry."""

    def __init__(self, claim: str, fragment: str, problem: str, latex: str) -> None:
        self.claim, self.fragment, self.problem, self.latex = claim, fragment, problem, latex
        shown = latex if len(latex) <= 120 else latex[:117] + "..."
        super().__init__(f"{claim}: the report cannot carry {fragment} ({problem}) in: {shown}")


def check_latex(latex: str, claim: str) -> str:
    """Return `latex`, stripped, if all three outputs can carry it; `claim` is the identifier that the message names.

    **Raises:** `UnsupportedMathematics` with the first fragment that one of them cannot.
    """
    latex = _BLANK_LINES.sub("\n", latex.strip())
    found = _characters(latex) or _commands(latex) or _braces(latex) or _delimiters(latex) or _environments(latex)
    if found is not None:
        raise UnsupportedMathematics(claim, *found, latex)
    return latex


def _characters(latex: str) -> tuple[str, str] | None:
    if not latex:
        return "an empty formula", "nothing to print"
    for character in "`$%#":
        if re.search(rf"(?<!\\){re.escape(character)}", latex):
            return character, "it ends the formula or comments it out"
    return None


def _commands(latex: str) -> tuple[str, str] | None:
    for command in _COMMAND.findall(latex):
        if command not in CARRIED and not command.isspace():
            return f"\\{command}", REMEDIES.get(command, "not known to reach GitHub, HTML and PDF alike")
    return None


def _braces(latex: str) -> tuple[str, str] | None:
    depth = 0
    for brace in re.sub(r"\\.", "", latex, flags=re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            break
    return None if depth == 0 else ("an unbalanced brace", "count { and }")


def _delimiters(latex: str) -> tuple[str, str] | None:
    depth = 0
    for side, delimiter in _DELIMITER.findall(latex):
        depth += 1 if side == "left" else -1
        if delimiter == ".":
            return rf"\{side}.", "a one-sided delimiter prints wrongly: write both, or the substitution in words"
        if delimiter == r"\|":
            return rf"\{side}\|", r"it does not stretch: write \lVert ... \rVert"
        if delimiter == ("]" if side == "left" else "["):
            return rf"\{side}{delimiter}", "write open intervals with round brackets"
        if depth < 0:
            break
    return None if depth == 0 else (r"\left without \right", "they come in pairs")


def _environments(latex: str) -> tuple[str, str] | None:
    opened: list[str] = []
    for word, name in _ENVIRONMENT.findall(latex):
        if name not in ENVIRONMENTS:
            return rf"\{word}{{{name}}}", REMEDIES.get(name, f"write one of {', '.join(sorted(ENVIRONMENTS))}")
        if word == "begin":
            opened.append(name)
        elif not opened or opened.pop() != name:
            return rf"\end{{{name}}}", "it closes another environment"
    if opened:
        return rf"\begin{{{opened[-1]}}}", "it is never closed"
    if "&" in latex and r"\begin" not in latex:
        return "&", "an alignment mark outside of an environment"
    return None
