"""The page of those who run the meeting, in a real browser: signed in by an invitation on a second device."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.ui.audience.test_phone_page import CHROMIUM, FLAGS, Hall
from twin.participation import CommentState
from twin.poll import poll_of_json

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


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


def signed_in(hall: Hall, browser: Browser, role: str) -> Page:
    _, token = hall.do(lambda: hall.meeting.hearing.invite(_operator(hall), role, lasts_s=600))
    page = browser.new_context(viewport={"width": 820, "height": 1100}, locale="en-GB").new_page()
    page.goto(f"{hall.address.url}operator#{token}")
    page.get_by_text(f"You are {role}").wait_for()
    return page


def _operator(hall: Hall) -> object:
    return hall.meeting.credentials.holder(hall.address.operator_token)


def commented(hall: Hall, text: str) -> str:
    phone = hall.meeting.credentials.holder(hall.meeting.credentials.new_participant())
    comment_id, _ = hall.do(lambda: hall.meeting.hearing.comment(phone, {"text": text}))
    return str(comment_id)


def test_without_a_token_the_page_asks_for_one(hall: Hall, browser: Browser) -> None:
    page = browser.new_page()
    answer = page.goto(f"{hall.address.url}operator")
    assert answer is not None
    assert answer.status == 401
    page.get_by_label("Token").fill("nonsense")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("This is no token of a role").wait_for()
    page.context.close()


def test_a_moderator_on_a_second_device_decides(hall: Hall, browser: Browser) -> None:
    good, bad, long = (
        commented(hall, "Trees"),
        commented(hall, "Rubbish"),
        commented(hall, "Ask Anna Schmidt, 040 1234"),
    )
    page = signed_in(hall, browser, "moderator")
    page.locator(f"#accept-{good}").click()
    page.get_by_text("Accepted: it is shown now.").wait_for()
    page.locator(f"#reject-{bad}").click()
    page.get_by_text("A reason is needed").wait_for()
    page.locator(f"#reason-{bad}").fill("insults")
    page.locator(f"#reject-{bad}").click()
    page.get_by_text("Rejected.").wait_for()
    page.locator(f"#reason-{long}").fill("a name and a number")
    page.locator(f"#redact-{long}").click()
    page.locator(f"#text-{long}").fill("Ask the office")
    page.locator(f"#reason-{long}").fill("a name and a number")
    page.get_by_role("button", name="Redact", exact=True).click()
    page.get_by_text("Redacted; the former text is deleted.").wait_for()
    record = hall.meeting.hearing.record
    assert record.comment(good).state is CommentState.ACCEPTED
    assert (record.comment(bad).state, record.comment(bad).reason) == (CommentState.REJECTED, "insults")
    assert hall.meeting.hearing.sheets[long].text == "Ask the office"
    page.context.close()


def test_an_administrator_asks_counts_hands_and_closes(hall: Hall, browser: Browser) -> None:
    page = signed_in(hall, browser, "administrator")
    page.get_by_role("button", name="Polls").click()
    page.get_by_label("Question").fill("Which park?")
    page.get_by_label("Options, one a line").fill("Old\nNew\n")
    page.get_by_role("button", name="Open the poll").click()
    page.get_by_role("heading", name="Which park?").wait_for()
    (poll_id,) = hall.meeting.hearing.record.polls
    page.locator(f"#count-{poll_id}-1").fill("12")
    page.locator(f"#count-{poll_id}-2").fill("30")
    page.get_by_role("button", name="Enter the count").click()
    page.get_by_text("42 votes").wait_for()
    page.get_by_role("button", name="Close this poll").click()
    page.get_by_text("closed · single").wait_for()
    assert hall.meeting.hearing.record.tally(poll_id).by_source == {"hands": 42}
    page.context.close()


def test_the_page_keeps_to_the_accessibility_rules(hall: Hall, browser: Browser) -> None:
    commented(hall, "Trees")
    hall.operate("open_poll", poll_of_json({"id": "p", "question": "What?", "options": ["A", "B"]}))
    page = signed_in(hall, browser, "administrator")
    for tab in ("Comments", "Polls", "People"):
        page.get_by_role("button", name=tab, exact=True).click()
        page.wait_for_timeout(300)
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        assert (tab, [v["id"] for v in found.response["violations"]]) == (tab, [])
    page.context.close()
