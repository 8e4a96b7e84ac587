"""Paper forms from the same questions as on the phones: large type, boxes to tick, and a map with a grid."""

from __future__ import annotations

import tempfile
from pathlib import Path

from twin.errors import PictureError
from twin.poll import Poll, PollKind, VotingRule
from ui.audience.map_squares import COLUMNS
from ui.exhibit_fonts import wrapped
from ui.exhibit_pen import BLACK, PT_PER_MM, QUIET, Letters, Pen

WIDTH_MM, HEIGHT_MM, MARGIN_MM = 210.0, 297.0, 18.0
COLUMN_MM = WIDTH_MM - 2 * MARGIN_MM
TITLE, QUESTION, OPTION, SMALL = Letters(22, is_bold=True), Letters(18, is_bold=True), Letters(17), Letters(11, QUIET)
BOX_MM, MARK_MM, LEADING = 7.0, 11.0, 1.3
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "one": "Tick one box.", "many": "Tick as many as you like.", "most": "Tick at most {n}.",
        "rank": "Write 1 for the best, then 2, 3 ...", "rate": "Circle a mark: 1 is poor, {n} is very good.",
        "comment": "Your comment", "where": "Where? Square of the map (such as C4), or street and number",
        "age": "Age group (if you like)", "slip": "Code on your slip", "map": "The map",
        "notice": "Please write no names. What you write is read by a moderator and may be shown to everybody.",
    },
    "de": {
        "one": "Kreuzen Sie ein Feld an.", "many": "Kreuzen Sie beliebig viele an.", "most": "Höchstens {n} ankreuzen.",
        "rank": "Schreiben Sie 1 für das Beste, dann 2, 3 ...", "rate": "Umkreisen: 1 schlecht bis {n} sehr gut.",
        "comment": "Ihr Kommentar", "where": "Wo? Feld der Karte (wie C4), oder Straße und Nummer",
        "age": "Altersgruppe (freiwillig)", "slip": "Code auf Ihrem Zettel", "map": "Die Karte",
        "notice": "Bitte keine Namen. Was Sie schreiben, wird gelesen und kann allen gezeigt werden.",
    },
    "es": {
        "one": "Marque una casilla.", "many": "Marque las que quiera.", "most": "Marque como máximo {n}.",
        "rank": "Escriba 1 para lo mejor, luego 2, 3 ...", "rate": "Rodee una nota: 1 mala, {n} muy buena.",
        "comment": "Su comentario", "where": "¿Dónde? Cuadro del mapa (como C4), o calle y número",
        "age": "Grupo de edad (opcional)", "slip": "Código de su papeleta", "map": "El mapa",
        "notice": "No escriba nombres. Lo que escriba lo lee un moderador y puede mostrarse a todos.",
    },
    "fr": {
        "one": "Cochez une case.", "many": "Cochez autant de cases que vous voulez.", "most": "Cochez-en {n} au plus.",
        "rank": "Écrivez 1 pour le meilleur, puis 2, 3 ...", "rate": "Entourez une note : 1 mauvais, {n} très bon.",
        "comment": "Votre commentaire", "where": "Où ? Carré du plan (comme C4), ou rue et numéro",
        "age": "Tranche d’âge (facultatif)", "slip": "Code de votre billet", "map": "Le plan",
        "notice": "N’écrivez pas de noms. Ce que vous écrivez est lu et peut être montré à tous.",
    },
    "zh": {
        "one": "请勾选一项。", "many": "可勾选多项。", "most": "最多勾选 {n} 项。",
        "rank": "最好的写 1，其次 2、3……", "rate": "请圈出分数：1 差，{n} 很好。",
        "comment": "您的意见", "where": "地点：地图方格（如 C4），或街道和门牌号",
        "age": "年龄组（可选）", "slip": "票上的代码", "map": "地图",
        "notice": "请不要写姓名。您写的内容由主持人阅读，可能向大家展示。",
    },
}  # fmt: skip


def write_forms(path: Path, title: str, polls: tuple[Poll, ...], plan: bytes | None, *, language: str = "en") -> int:
    """Write a form with all polls, a comment and the map; return how many sheets.

    plan     a square JPEG of the whole area; None leaves the map out
    raises   PictureError  the file cannot be written
    """
    with tempfile.TemporaryDirectory() as folder:
        form = _Form(title, language)
        for poll in polls:
            form.poll(poll)
        form.comment()
        if plan is not None:
            picture = Path(folder) / "plan.jpg"
            picture.write_bytes(plan)
            form.map(picture)
        form.foot()
        try:
            form.pen.write(path, title=title, author="", subject="Paper form")
        except OSError as error:
            raise PictureError(
                f"The form could not be written: {error.strerror or error}.", hint="Choose another place with -o."
            ) from error
    return form.sheets


class _Form:
    """Sets questions one below the other, never across two sheets if one is enough."""

    def __init__(self, title: str, language: str) -> None:
        self.pen, self.sheets = Pen(WIDTH_MM, HEIGHT_MM), 1
        self._language, self._words = language, WORDS.get(language, WORDS["en"])
        self._title, self._y = title, MARGIN_MM
        self._lines(title, TITLE)
        self._lines(self._words["notice"], SMALL)
        self._y += 4

    def _text(self, texts: dict[str, str]) -> str:
        return texts.get(self._language) or texts.get("en") or next(iter(texts.values()), "")

    def _lines(self, text: str, letters: Letters, *, left: float = MARGIN_MM, width: float = COLUMN_MM) -> None:
        for line in wrapped(text, letters.size_pt, width * PT_PER_MM, is_bold=letters.is_bold) or [""]:
            self._y += _step(letters)
            self.pen.text(left, self._y, line, letters)

    def _height(self, text: str, letters: Letters, width: float = COLUMN_MM) -> float:
        lines = wrapped(text, letters.size_pt, width * PT_PER_MM, is_bold=letters.is_bold) or [""]
        return _step(letters) * len(lines)

    def _room(self, height_mm: float) -> None:
        if self._y + height_mm > HEIGHT_MM - MARGIN_MM and self._y > MARGIN_MM + 1:
            self.foot()
            self.pen.next_sheet()
            self.sheets += 1
            self._y = MARGIN_MM

    def foot(self) -> None:
        self.pen.text(MARGIN_MM, HEIGHT_MM - 9, self._title[:80], SMALL)
        self.pen.text(WIDTH_MM - MARGIN_MM, HEIGHT_MM - 9, str(self.sheets), SMALL, anchor="r")

    def poll(self, poll: Poll) -> None:
        """Set a question and its options."""
        width = COLUMN_MM - BOX_MM - 4
        options = [self._text(o.text) or o.id for o in poll.options]
        tall = [max(self._height(o, OPTION, width), BOX_MM) + 3 for o in options]
        self._room(self._height(self._text(poll.question), QUESTION) + 16 + min(sum(tall), 180.0))
        self._lines(self._text(poll.question), QUESTION)
        self._lines(self._how(poll), SMALL)
        self._y += 2
        for option, height in zip(options, tall, strict=True):
            self._room(height)
            self._option(poll, option, height, width)
        if poll.rule is VotingRule.SLIP:
            self._line_to_write(self._words["slip"])
        self._y += 7

    def _how(self, poll: Poll) -> str:
        words = self._words
        if poll.kind is PollKind.MULTIPLE:
            return words["most"].format(n=poll.most) if poll.most else words["many"]
        if poll.kind is PollKind.RANKING:
            return words["rank"]
        return words["rate"].format(n=poll.highest) if poll.kind is PollKind.RATING else words["one"]

    def _option(self, poll: Poll, text: str, height: float, width: float) -> None:
        top = self._y + 1.2
        if poll.kind is PollKind.RATING:
            base = self._y + _step(OPTION)
            for mark in range(1, poll.highest + 1):
                self.pen.text(MARGIN_MM + 4 + MARK_MM * (mark - 1), base, str(mark), OPTION, anchor="m")
            left = MARGIN_MM + 4 + MARK_MM * poll.highest
            self._lines(text, OPTION, left=left, width=WIDTH_MM - MARGIN_MM - left)
        else:
            self.pen.rectangle((MARGIN_MM, top, MARGIN_MM + BOX_MM, top + BOX_MM), stroke=BLACK, width_pt=1.2)
            self._lines(text, OPTION, left=MARGIN_MM + BOX_MM + 4, width=width)
        self._y = max(self._y, top + height - 1.2)

    def _line_to_write(self, label: str) -> None:
        self._room(16)
        self._lines(label, SMALL)
        self._y += 9
        self.pen.line(MARGIN_MM, self._y, WIDTH_MM - MARGIN_MM, self._y, BLACK, 0.6)

    def comment(self) -> None:
        """Leave room to write."""
        self._room(105)
        self._lines(self._words["comment"], QUESTION)
        for _ in range(6):
            self._y += 10
            self.pen.line(MARGIN_MM, self._y, WIDTH_MM - MARGIN_MM, self._y, QUIET, 0.4)
        self._y += 3
        self._line_to_write(self._words["where"])
        self._line_to_write(self._words["age"])

    def map(self, picture: Path) -> None:
        """Set the map on a sheet of its own, with squares A1 to J10."""
        self._y = HEIGHT_MM
        self._room(1)
        self._lines(self._words["map"], QUESTION)
        side, left, top = COLUMN_MM - 8, MARGIN_MM + 8, self._y + 9
        self.pen.picture((left, top, left + side, top + side), picture)
        for n in range(COLUMNS + 1):
            at = n * side / COLUMNS
            self.pen.line(left + at, top, left + at, top + side, BLACK, 0.4)
            self.pen.line(left, top + at, left + side, top + at, BLACK, 0.4)
        for n in range(COLUMNS):
            middle = (n + 0.5) * side / COLUMNS
            self.pen.text(left + middle, top - 2, chr(ord("A") + n), Letters(14, is_bold=True), anchor="m")
            self.pen.text(left - 3, top + middle + 2, str(n + 1), Letters(14, is_bold=True), anchor="r")
        self._y = top + side


def _step(letters: Letters) -> float:
    return letters.size_pt * LEADING / PT_PER_MM
