"""The phone page in a real browser at phone size: joined, used by keyboard, held to the accessibility rules."""

from __future__ import annotations

import asyncio
import io
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from data.ledger import ledger_path
from data.ledger_reading import read_record, verify
from twin.hearing_plan import Call, Facility
from twin.participation import CommentState
from twin.poll import poll_of_json
from ui.audience.hearing import Rules
from ui.audience.meeting import Meeting, Plan
from ui.audience.public import Programme, Slide
from ui.audience.server import Address, Server
from ui.audience.stage import Sight

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True}
POLLS = (
    {"id": "park", "question": {"en": "Which park?", "de": "Welcher Park?"}, "options": ["Old", "New"]},
    {"id": "order", "question": "In which order?", "kind": "ranking", "options": ["Trees", "Benches", "Light"]},
    {"id": "marks", "question": "How good?", "kind": "rating", "options": ["Bus", "Tram"], "is_hidden": True},
    {"id": "many", "question": "Which ones?", "kind": "multiple", "most": 2, "options": ["A", "B", "C"]},
)


class PictureStage:
    """A city of one grey picture."""

    async def picture(self, sight: str, width_px: int) -> bytes:
        return _jpeg(width_px, width_px * 9 // 16, len(sight))

    async def tile(self, zoom: int, column: int, row: int) -> bytes:
        return _jpeg(256, 256, zoom + column + row)

    async def tap(self, sight: str, x: float, y: float) -> dict[str, Any] | None:
        assert sight in ("slide", "harbour", "plan")
        return None if y < 0.2 else {"type": "building", "lonlat": [x, y], "z_m": 3.0, "name": "Town hall"}

    async def context(self, sight: str) -> dict[str, Any]:
        return {"camera": [10.0, 53.5, 0.0, 900.0, 30.0, 60.0], "layers": ["buildings"], "scenario": sight}

    async def search(self, text: str) -> list[dict[str, Any]]:
        place = {"type": "point", "lonlat": [9.0, 53.0], "name": "Kai 3"}
        return [{"name": "Kai 3", "where": "street", "place": place}] if "kai" in text.lower() else []


def _jpeg(width: int, height: int, shade: int) -> bytes:
    picture = np.full((height, width, 3), 90 + 10 * (shade % 12), np.uint8)
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "JPEG")
    return content.getvalue()


class Hall:
    """A meeting that runs in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.folder = folder
        self.address = self.do(self._start)

    async def _start(self) -> Address:
        programme = Programme(
            "Harbour <b>park</b>",
            languages=("en", "de"),
            views=(Sight("harbour", {"en": "The harbour"}),),
            calls=(Call("bench", {"en": "Where do benches go?"}, {"en": "Cheap and soon"}, "1 March"),),
            facilities=(Facility("library", "Library", (9.0, 53.0)),),
            districts=("North", "South"),
            zoom_most=3,
        )
        plan = Plan(self.folder, programme, Rules())
        self.meeting = Meeting(plan, PictureStage())
        self.meeting.show_slide(Slide(1, 3, {"en": "A park at the harbour"}, {"en": "What do you think?"}))
        self._server = Server(plan, self.meeting)
        return await self._server.start()

    def do(self, act: Callable[..., Any], *values: Any) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(act(*values), self._loop)
        return future.result(20)

    def operate(self, name: str, *values: Any) -> Any:
        """Do something as administrator."""
        holder = self.meeting.credentials.holder(self.address.operator_token)
        return self.do(getattr(self.meeting.hearing, name), holder, *values)

    def close(self) -> None:
        self.do(self._server.stop)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield one
        one.close()


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    one = Hall(tmp_path)
    yield one
    one.close()


@pytest.fixture
def page(hall: Hall, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(**PHONE, locale="en-GB")
    one = context.new_page()
    faults: list[str] = []
    one.on("pageerror", lambda error: faults.append(str(error)))
    one.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    one.goto(f"{hall.address.url}?c={hall.address.join_code}")
    yield one
    context.close()
    assert [f for f in faults if "status of 4" not in f] == []


def joined(page: Page) -> Page:
    page.get_by_role("button", name="Join").click()
    page.get_by_role("heading", name="A park at the harbour").wait_for()
    return page


def test_three_taps_lead_from_the_code_to_a_comment_on_a_building(hall: Hall, page: Page) -> None:
    page.get_by_role("button", name="Join").tap()
    page.get_by_role("img", name="A park at the harbour").tap()
    page.get_by_label("What do you want to say?").fill("More <script>alert(1)</script> trees")
    page.get_by_role("button", name="Send").tap()
    page.get_by_text("waits for a moderator").wait_for()
    (comment,) = hall.meeting.hearing.record.comments.values()
    sheet = hall.meeting.hearing.sheets[comment.id]
    assert (sheet.place["type"], sheet.place["name"]) == ("building", "Town hall")
    assert sheet.place["lonlat"] == pytest.approx([0.5, 0.5], abs=0.01)
    assert page.get_by_text("More <script>alert(1)</script> trees").is_visible()


def test_everything_is_done_with_the_keyboard_alone(hall: Hall, page: Page) -> None:
    hall.operate("open_poll", poll_of_json(POLLS[0]))
    page.get_by_label("Code on the screen").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Which park?").wait_for()
    page.get_by_role("radio", name="New").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_text("Your vote is stored.").wait_for()
    page.get_by_role("radio", name="New").focus()
    page.keyboard.press("ArrowUp")
    page.get_by_role("button", name="Change my vote").press("Enter")
    page.get_by_text("Your vote is changed.").wait_for()
    assert hall.meeting.hearing.record.tally("park").counts == {"1": 1, "2": 0}
    page.get_by_role("button", name="Places").press("Enter")
    page.get_by_role("searchbox").fill("kai")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Comment here: Kai 3").press("Enter")
    page.keyboard.type("A lamp here")
    page.get_by_role("radio", name="Worry").press("Space")
    page.get_by_role("button", name="Send").press("Enter")
    page.get_by_role("button", name="Take back: A lamp here").press("Enter")
    page.get_by_text("Taken back.").wait_for()
    page.get_by_role("button", name="Take back: Which park?").press("Enter")
    page.get_by_text("You have not sent anything.").wait_for()
    assert hall.meeting.hearing.record.tally("park").votes == 0
    assert [c.state for c in hall.meeting.hearing.record.comments.values()] == [CommentState.WITHDRAWN]
    assert verify(ledger_path(hall.folder)).is_intact


def test_the_page_keeps_to_the_accessibility_rules(hall: Hall, page: Page) -> None:
    def violations() -> list[str]:
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found.response["violations"]]

    for poll in POLLS:
        hall.operate("open_poll", poll_of_json(poll))
    assert violations() == []
    joined(page)
    for tab in ("Now", "Places", "Comments", "Mine"):
        page.get_by_role("button", name=tab, exact=True).click()
        page.wait_for_timeout(150)
        assert (tab, violations()) == (tab, [])
    page.get_by_role("button", name="Comments", exact=True).click()
    page.get_by_role("button", name="Comment on the whole project").click()
    assert violations() == []
    page.emulate_media(color_scheme="dark")
    assert violations() == []


@pytest.mark.parametrize("width", [320, 360])
def test_nothing_is_cut_off_at_twice_the_text_size(hall: Hall, page: Page, width: int) -> None:
    for poll in POLLS:
        hall.operate("open_poll", poll_of_json(poll))
    page.set_viewport_size({"width": width, "height": 640})
    joined(page)
    page.evaluate("document.documentElement.style.fontSize = '225%'")
    for tab in ("now", "places", "comments", "mine"):
        page.evaluate("tab => showTab(tab)", tab)
        page.wait_for_timeout(150)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (tab, wide) == (tab, 0)


@pytest.mark.parametrize(
    ("locale", "join", "now"),
    [
        ("de-DE", "Teilnehmen", "Jetzt"),
        ("zh-CN", "加入", "现在"),
        ("es-MX", "Entrar", "Ahora"),
        ("fr-FR", "Entrer", "Maintenant"),
    ],
)
def test_the_page_speaks_the_phones_language(hall: Hall, browser: Browser, locale: str, join: str, now: str) -> None:
    context = browser.new_context(**PHONE, locale=locale)
    page = context.new_page()
    page.goto(f"{hall.address.url}?c={hall.address.join_code}")
    page.get_by_role("button", name=join).click()
    page.get_by_role("heading", name=now, exact=True).wait_for()
    assert page.evaluate("document.documentElement.lang") == locale[:2]
    context.close()


def test_every_language_says_everything(page: Page) -> None:
    missing = page.evaluate(
        "LANGUAGES.flatMap(l => Object.keys(WORDS.en).filter(w => !WORDS[l][w]).map(w => l + ' ' + w))"
    )
    assert missing == []
    places = page.evaluate(
        """LANGUAGES.flatMap(l => Object.keys(WORDS.en).filter(w => {
            const of = text => (text.match(/\\{\\w+\\}/g) || []).sort().join();
            return of(WORDS.en[w]) !== of(WORDS[l][w]);
        }).map(w => l + ' ' + w))"""
    )
    assert places == []


def test_a_ranking_a_rating_and_several_choices_arrive_as_meant(hall: Hall, page: Page) -> None:
    for poll in POLLS[1:]:
        hall.operate("open_poll", poll_of_json(poll))
    joined(page)
    order = page.locator('[data-poll="order"]')
    for option, place in (("Trees", "2"), ("Benches", "1"), ("Light", "3")):
        order.get_by_label(option).select_option(place)
    order.get_by_role("button", name="Vote").click()
    marks = page.locator('[data-poll="marks"]')
    marks.get_by_label("Tram").select_option("5")
    marks.get_by_role("button", name="Vote").click()
    page.locator('[data-poll="marks"]').get_by_role("button", name="Change my vote").wait_for()
    many = page.locator('[data-poll="many"]')
    for option in ("A", "C"):
        many.get_by_role("checkbox", name=option).check()
    many.get_by_role("button", name="Vote").click()
    many.get_by_role("button", name="Change my vote").wait_for()
    record = read_record(ledger_path(hall.folder))
    assert {k: next(iter(p.ballots.values())).answer for k, p in record.polls.items()} == {
        "order": ("2", "1", "3"),
        "marks": {"2": 5},
        "many": ("1", "3"),
    }
    assert marks.get_by_text("The result is shown when the vote is closed.").is_visible()


def test_accepted_comments_are_supported_and_hostile_text_stays_text(hall: Hall, page: Page, browser: Browser) -> None:
    other = browser.new_context(**PHONE, locale="en-GB")
    author = other.new_page()
    author.goto(f"{hall.address.url}?c={hall.address.join_code}")
    joined(author)
    author.get_by_role("button", name="Comments", exact=True).click()
    author.get_by_role("button", name="Comment on the whole project").click()
    author.get_by_label("What do you want to say?").fill("<img src=x onerror=alert(1)>")
    author.get_by_role("button", name="Send").click()
    author.get_by_text("waits for a moderator").wait_for()
    (comment,) = hall.meeting.hearing.record.comments
    hall.operate("moderate", comment, "accept", {})
    joined(page)
    page.get_by_role("button", name="Comments", exact=True).click()
    page.get_by_text("<img src=x onerror=alert(1)>").wait_for()
    assert page.locator("#comment-list img").count() == 0
    page.get_by_role("button", name="Support", exact=True).click()
    page.get_by_text("1 support this").wait_for()
    assert len(hall.meeting.hearing.record.comment(comment).supporters) == 1
    other.close()


def test_a_facility_is_rated_with_its_reason_and_a_call_is_answered(hall: Hall, page: Page) -> None:
    joined(page)
    page.get_by_role("button", name="Rate: Library").click()
    page.get_by_label("Your rating").select_option("4")
    page.get_by_label("Why?").fill("Open late")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Open late").wait_for()
    page.get_by_role("button", name="Now").click()
    page.get_by_role("button", name="Send an idea").click()
    page.get_by_label("What do you want to say?").fill("At the pier")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("At the pier").wait_for()
    rated, idea = hall.meeting.hearing.record.comments.values()
    assert (hall.meeting.hearing.sheets[rated.id].rating, hall.meeting.hearing.sheets[rated.id].facility) == (
        4,
        "library",
    )
    assert idea.call == "bench"


def test_a_line_is_drawn_and_the_map_zooms_where_one_taps(hall: Hall, page: Page) -> None:
    joined(page)
    page.get_by_role("button", name="Places").click()
    page.get_by_label("Look at").select_option("plan")
    page.get_by_role("button", name="Line").click()
    for x, y in ((90, 90), (200, 240)):
        page.locator("#plan").tap(position={"x": x, "y": y})
        page.wait_for_timeout(200)
    page.get_by_role("button", name="Done").click()
    page.get_by_label("What do you want to say?").fill("A path")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("A path").wait_for()
    (comment,) = hall.meeting.hearing.record.comments.values()
    place = hall.meeting.hearing.sheets[comment.id].place
    assert place["type"] == "line"
    assert len(place["lonlat"]) == 2
    assert place["lonlat"][1][0] - place["lonlat"][0][0] == pytest.approx(110 / 328 / 1, abs=0.02)


def test_a_helpers_device_forgets_each_person(hall: Hall, page: Page) -> None:
    slips = hall.operate("issue_slips", 2)
    hall.operate("open_poll", poll_of_json(POLLS[0] | {"rule": "slip"}))
    joined(page)
    page.get_by_role("button", name="Mine").click()
    page.get_by_label("This device helps several people in turn").check()
    page.get_by_role("button", name="Now").click()
    for slip, option in zip(slips, ("Old", "New"), strict=True):
        page.get_by_role("radio", name=option).check()
        page.get_by_label("Code on your slip").fill(slip)
        page.get_by_role("button", name="Vote").click()
        expect(page.get_by_label("Code on your slip")).to_have_value("")
        assert page.get_by_role("radio", checked=True).count() == 0
        assert slip not in page.content()
    assert hall.meeting.hearing.record.tally("park").by_source == {"assisted": 2}


def test_a_wrong_code_is_said_and_nothing_else_is_shown(hall: Hall, browser: Browser) -> None:
    context = browser.new_context(**PHONE, locale="en-GB")
    page = context.new_page()
    page.goto(f"{hall.address.url}?c=WRONG1")
    page.get_by_role("button", name="Join").click()
    page.get_by_text("This is not the code on the screen.").wait_for()
    assert not page.get_by_role("navigation").is_visible()
    context.close()
