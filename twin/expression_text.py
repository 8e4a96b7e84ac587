"""The filter language as it is typed: words and signs, made into a Python syntax tree that keeps the places.

Every name, text and number becomes a numbered placeholder before Python's own parser sees the expression. So column
names keep their letters (Python would change full-width ones), may hold any sign between backticks, and each part of
the tree can be traced back to the character it was typed at.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from twin.errors import ExpressionError

LONGEST = 10_000
"""Characters in an expression; more is a mistake, and Python's parser is not asked."""

_CLOSING = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019", "`": "`"}
_PATTERN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>==|!=|<>|<=|>=|&&|\|\||\*\*|//|[-+*/%<>=&|~!()\[\],\u2264\u2265\u2260])""",
    re.VERBOSE,
)
_SIGNS = {
    "=": "==",
    "<>": "!=",
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "~": "not",
    "!": "not",
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2260": "!=",
}
_WORDS = {"and", "or", "not", "in", "is"}
_EMPTY_WORDS = {"empty", "null", "missing", "none"}


@dataclass(frozen=True, slots=True)
class Token:
    """One word or sign as typed."""

    kind: str
    """ "name", "quoted" (a name in backticks), "text", "number", "sign"or"word" (and, or, not, in, is)."""
    value: str
    """Without its quotes."""
    start: int
    """Place of its first character in the expression."""
    end: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """An expression as a tree whose names are placeholders "t0", "t1" and so on: places in `tokens`."""

    expression: str
    tree: ast.expr
    tokens: tuple[Token, ...]
    starts: tuple[int, ...]
    """Where each token begins in the text Python parsed."""

    def token(self, node: ast.Name) -> Token:
        """Return what was typed for a placeholder."""
        return self.tokens[int(node.id[1:])]

    def place(self, node: ast.expr) -> int:
        """Return the character of the expression at which a part of the tree begins."""
        return _place(self.expression, self.tokens, self.starts, node.col_offset)

    def typed(self, node: ast.expr) -> str:
        """Return a part of the tree as it was typed."""
        inside = [
            t
            for t, s in zip(self.tokens, self.starts, strict=True)
            if node.col_offset <= s < (node.end_col_offset or 0)
        ]
        return self.expression[inside[0].start : inside[-1].end] if inside else ""


def parse(expression: str) -> Parsed:
    """Return the tree of an expression.

    raises   ExpressionError  it cannot be read; the sentence says at which character
    """
    if len(expression) > LONGEST:
        raise ExpressionError(f"The filter is {len(expression):,} characters long, more than {LONGEST:,}.")
    tokens = tuple(_joined(_tokens(expression)))
    pieces: list[str] = []
    starts: list[int] = []
    length = 0
    for number, token in enumerate(tokens):
        pieces.append(_piece(number, token))
        starts.append(length)
        length += len(pieces[-1])
    try:
        tree = ast.parse("".join(pieces), mode="eval").body
    except SyntaxError as error:
        raise _syntax_error(expression, tokens, tuple(starts), error) from None
    except (RecursionError, MemoryError, ValueError):
        raise ExpressionError("The filter is nested too deeply to be read.", hint="Use fewer brackets.") from None
    return Parsed(expression, tree, tokens, tuple(starts))


def _tokens(expression: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while at < len(expression):
        sign = expression[at]
        if sign in _CLOSING:
            tokens.append(_quoted(expression, at))
            at = tokens[-1].end
            continue
        match = _PATTERN.match(expression, at)
        if match is None:
            raise ExpressionError(
                f'The filter has a "{sign}" at character {at + 1} that means nothing there.',
                hint="Column names with signs or spaces go between backticks: `building:levels` > 3.",
                position=at,
                expression=expression,
            )
        kind = match.lastgroup or "space"
        if kind == "name" and match.group().lower() in _WORDS:
            kind = "word"
        if kind != "space":
            tokens.append(Token(kind, match.group(), at, match.end()))
        at = match.end()
    return tokens


def _quoted(expression: str, at: int) -> Token:
    closing = _CLOSING[expression[at]]
    value: list[str] = []
    i = at + 1
    while i < len(expression):
        if expression[i] == closing:
            if closing == "`" or expression[i + 1 : i + 2] != closing:
                return Token("quoted" if closing == "`" else "text", "".join(value), at, i + 1)
            i += 1  # a doubled quote stands for one
        elif expression[i] == "\\" and expression[i + 1 : i + 2] == closing:
            i += 1
        value.append(expression[i])
        i += 1
    raise ExpressionError(
        f"The quote at character {at + 1} of the filter is never closed.",
        hint=f"Put a {closing} at its end.",
        position=at,
        expression=expression,
    )


def _joined(tokens: list[Token]) -> list[Token]:
    """Return the tokens with "is empty"and"is not empty" made into "== None"and"!= None"."""
    joined: list[Token] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if token.kind == "word" and token.value.lower() == "is":
            has_not = i + 1 < len(tokens) and tokens[i + 1].value.lower() == "not" and tokens[i + 1].kind == "word"
            last = i + 1 + has_not
            if last < len(tokens) and tokens[last].kind == "name" and tokens[last].value.lower() in _EMPTY_WORDS:
                joined.append(Token("sign", "!=" if has_not else "==", token.start, tokens[last - 1].end))
                joined.append(Token("name", "None", tokens[last].start, tokens[last].end))
                i = last + 1
                continue
            joined.append(Token("sign", "!=" if has_not else "==", token.start, tokens[last - 1].end))
            i = last
            continue
        joined.append(token)
        i += 1
    return joined


def _piece(number: int, token: Token) -> str:
    if token.kind in {"name", "quoted", "text", "number"}:
        return f"t{number} "
    if token.kind == "word":
        return f"{token.value.lower()} "
    return _SIGNS.get(token.value, token.value) + " "


def _place(expression: str, tokens: tuple[Token, ...], starts: tuple[int, ...], offset: int) -> int:
    """Return the typed character for a place in the text Python parsed."""
    place = len(expression.rstrip())
    for token, start in zip(reversed(tokens), reversed(starts), strict=True):
        if offset > start:
            break
        place = token.start
        if offset == start:
            break
    return place


def _syntax_error(
    expression: str, tokens: tuple[Token, ...], starts: tuple[int, ...], error: SyntaxError
) -> ExpressionError:
    at = _place(expression, tokens, starts, error.offset - 1 if error.offset else LONGEST * 10)
    message = str(error.msg)
    found = next((t for t in tokens if t.start >= at), None)
    if "nested" in message:
        return ExpressionError("The filter is nested too deeply to be read.", hint="Use fewer brackets.")
    if "never closed" in message:
        sentence = f'The bracket "{expression[at : at + 1]}" at character {at + 1} of the filter is never closed.'
        return ExpressionError(sentence, hint="Close it.", position=at, expression=expression)
    if found is None or at >= len(expression.rstrip()):
        sentence = f"The filter breaks off at its end, after character {len(expression.rstrip())}."
        hint = "Say what to compare with: height > 30."
    else:
        typed = expression[found.start : found.end]
        sentence = f'The filter cannot be read at character {at + 1}, at "{typed}".'
        hint = 'A filter reads like this: height > 30 and use == "office".'
    return ExpressionError(sentence, hint=hint, position=at, expression=expression)
