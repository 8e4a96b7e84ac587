"""A meeting from the window: server and pictures in their own processes, figures and pins in the window."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from layers.scene import Scene
from twin.hearing_plan import HearingPlan
from twin.poll import Option, Poll, VotingRule, json_of_poll
from twin.story import Slide
from ui.audience.wish import MeetingWish
from ui.contents import open_contents
from ui.hall.check_hall import CheckHall
from ui.hall.hall_facts import Network, hall_facts, networks, wifi_text
from ui.hall.meeting_run import pins_of
from ui.hall.papers import write_forms, write_slips
from ui.jobs import Jobs
from ui.main_window import MainWindow
from ui.meeting_desk import MeetingDesk
from ui.present_desk import PresentDesk
from ui.project_desk import ProjectDesk
from ui.project_files import make_project

POLL = Poll("park", {"en": "Which park?"}, (Option("n", {"en": "North"}), Option("s", {"en": "South"})))
STORY = (Slide("one", {"en": "The mill"}, notes="for me"), Slide("two", {"en": "The inn", "de": "Das Gasthaus"}))


@pytest.fixture
def project(tmp_path: Path, small_city: Path) -> Path:
    """Return a saved project with a story and a poll."""
    from dataclasses import replace  # noqa: PLC0415  here only

    from data.project import write_project  # noqa: PLC0415

    folder = tmp_path / "town.citytwin"
    with Jobs(1) as jobs:
        stored = make_project(open_contents([str(small_city)], jobs=jobs), folder, is_inside_wanted=True)
    told = replace(stored.project, stories=STORY, polls=(POLL,), hearing=HearingPlan(languages=("en", "de")))
    write_project(told, folder, before=stored, owned=stored.owned)
    return folder


def asked(url: str, token: str = "", sent: dict[str, Any] | None = None) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    body = None if sent is None else json.dumps(sent).encode()
    request = urllib.request.Request(url, body, headers)  # noqa: S310  our own server
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        found: dict[str, Any] = json.loads(answer.read())
    return found


def test_votes_comments_and_slides_go_between_the_hall_and_the_window(
    window: MainWindow, project: Path, qtbot: QtBot
) -> None:
    window.findChild(ProjectDesk).open(str(project))
    desk, present = window.findChild(MeetingDesk), window.findChild(PresentDesk)
    assert desk is not None
    assert present is not None
    qtbot.waitUntil(lambda: bool(window.session.layers), timeout=5000)
    present.is_full_screen, present.make_scene = False, Scene
    desk.start(MeetingWish(str(project)))
    assert desk.run is not None
    with qtbot.waitSignal(desk.run.started, timeout=60_000):
        pass
    address = desk.address
    assert address is not None
    root = address.api.removesuffix("/api")
    shown = present.begin()
    assert shown is not None
    shown.show_slide("two")
    phones = [asked(f"{root}/api/join", sent={"code": address.join_code})["token"] for _ in range(3)]
    qtbot.waitUntil(lambda: asked(f"{root}/api/state", phones[0])["slide"]["number"] == 2, timeout=10_000)
    slide = asked(f"{root}/api/state", phones[0])["slide"]
    assert slide["title"] == {"en": "The inn", "de": "Das Gasthaus"}
    assert "for me" not in json.dumps(slide)

    desk.polls.open("park")
    qtbot.waitUntil(lambda: bool(desk.run and desk.run.figures.get("polls")), timeout=10_000)
    for token, choice in zip(phones, ("n", "s", "s"), strict=True):
        asked(f"{root}/api/polls/park/vote", token, {"choice": choice})
    qtbot.waitUntil(lambda: shown.window.frame.poll is not None and "3 votes" in shown.window.frame.poll.status)

    place = {"type": "point", "lonlat": [8.0004, 50.0001], "z_m": 3.0, "name": "Mill"}
    sent = {"text": "Keep the mill", "kind": "idea", "place": place, "context": {"slide": "2"}}
    comment_id = asked(f"{root}/api/comments", phones[0], sent)["id"]
    qtbot.waitUntil(lambda: bool(desk.queue.comments), timeout=10_000)
    assert desk.queue.comments[0]["text"] == "Keep the mill"
    assert not len(desk.pins)
    desk.queue.buttons["accept"].click()
    qtbot.waitUntil(lambda: desk.pins.ids == (comment_id,), timeout=10_000)
    assert shown.scene.pins.pins.ids == (comment_id,)
    desk.show_comment(desk.comments[comment_id])
    assert shown.window.frame.comment is not None
    assert shown.slide_id == "two"

    desk.polls.close("park")
    qtbot.waitUntil(lambda: shown.window.frame.poll is not None and bool(shown.window.frame.poll.head), timeout=10_000)
    head = shown.window.frame.poll.head if shown.window.frame.poll else ""
    assert asked(f"{root}/api/polls", phones[0])["polls"][0]["head_at_close"] == head
    desk.end()
    assert desk.run is None
    assert not len(shown.scene.pins.pins)
    shown.end()


def test_a_poll_is_written_kept_changed_and_put_to_the_meeting_at_once(
    window: MainWindow, project: Path, qtbot: QtBot
) -> None:
    window.findChild(ProjectDesk).open(str(project))
    desk, present = window.findChild(MeetingDesk), window.findChild(PresentDesk)
    assert desk is not None
    assert present is not None
    qtbot.waitUntil(lambda: bool(window.session.layers), timeout=5000)
    polls = desk.polls
    polls.write()
    written = polls.dialog
    assert written is not None
    assert not written.ask.isVisibleTo(written)
    written.keep.click()
    assert "asks nothing" in written.trouble.text()
    written.questions["en"].setText("How high?")
    written.answers["en"].setPlainText("Three storeys\n\nSix storeys\n")
    written.questions["de"].setText("Wie hoch?")
    written.answers["de"].setPlainText("Drei Geschosse")
    written.keep.click()
    assert "In de there are 1 answers" in written.trouble.text()
    written.answers["de"].setPlainText("Drei Geschosse\nSechs Geschosse")
    written.keep.click()
    kept = polls.kept[-1]
    assert [o.text for o in kept.options] == [
        {"en": "Three storeys", "de": "Drei Geschosse"},
        {"en": "Six storeys", "de": "Sechs Geschosse"},
    ]
    assert window.windowTitle().count("*") == 1 or window.findChild(ProjectDesk).state.is_changed

    desk.start(MeetingWish(str(project)))
    assert desk.run is not None
    with qtbot.waitSignal(desk.run.started, timeout=60_000):
        pass
    polls.write(kept.id)
    changed = polls.dialog
    assert changed is not None
    changed.rule.setCurrentIndex(changed.rule.findData(VotingRule.SLIP))
    changed.ask.click()
    qtbot.waitUntil(lambda: bool(desk.run and desk.run.figures.get("polls")), timeout=10_000)
    [asked_poll] = desk.run.figures["polls"]
    assert (asked_poll["id"], asked_poll["rule"]) == (kept.id, "slip")
    assert asked_poll["question"]["de"] == "Wie hoch?"
    assert set(polls.panel.polls) == {kept.id, "park"}
    polls.remove("park")
    assert [p.id for p in polls.kept] == [kept.id]
    desk.end()


def test_the_check_of_the_hall_shows_both_codes_and_the_first_phone(window: MainWindow) -> None:
    dialog = CheckHall(window, [Network("wlan0", "192.168.8.2", is_wireless=True)], ["No title in Deutsch."])
    dialog.wifi_name.setText("Town; hall")
    dialog.wifi_password.setText("lin:den")
    assert dialog.address == "192.168.8.2"
    assert "Deutsch" in dialog.gaps.text()
    dialog.show_running("http://192.168.8.2:8080/", "JXYEKZ")
    assert dialog.wifi.text == "WIFI:T:WPA;S:Town\\; hall;P:lin\\:den;;"
    assert dialog.page.text == "http://192.168.8.2:8080/"
    dialog.show_phone()
    assert "joined" in dialog.phone.text()
    dialog.show_facts(hall_facts(Path.cwd(), [(1920, 1080)], "127.0.0.1", 8080))
    assert "one screen" in dialog.facts.text()
    assert "no phone can reach it" in dialog.facts.text()
    dialog.deleteLater()


def test_an_open_wifi_has_no_password_and_this_machine_comes_last() -> None:
    assert wifi_text("Hall", "") == "WIFI:T:nopass;S:Hall;;"
    assert not wifi_text("", "secret")
    found = networks()
    assert found[-1].address.startswith("127.") or not found


def test_slips_and_forms_are_written_as_pdf(window: MainWindow, tmp_path: Path) -> None:
    assert window is not None
    slips, forms = tmp_path / "slips.pdf", tmp_path / "forms.pdf"
    codes = [f"ABCD-{n:04d}" for n in range(30)]
    write_slips(slips, codes, url="http://192.168.8.2:8080/", title="Town", language="de")
    plan = QImage(64, 48, QImage.Format.Format_RGB888)
    plan.fill(0xFFFFFF)
    write_forms(forms, [json_of_poll(POLL)], title="Town", languages=("en", "zh"), plan=plan)
    import pypdfium2  # type: ignore[import-untyped]  # noqa: PLC0415  as the report's tests do

    with pypdfium2.PdfDocument(slips) as paper:
        said = "".join(page.get_textpage().get_text_bounded() for page in paper)
        assert len(paper) == 2
    assert all(code in said for code in codes)
    with pypdfium2.PdfDocument(forms) as paper:
        assert "Which park?" in paper[0].get_textpage().get_text_bounded()
        assert len(paper) >= 2


def test_a_line_is_pinned_at_its_middle_and_a_comment_on_the_project_nowhere(open_window: MainWindow) -> None:
    line = {"id": "a", "kind": "idea", "place": {"type": "line", "lonlat": [[8.0, 50.0], [8.002, 50.0]]}}
    nowhere = {"id": "b", "kind": "idea", "place": {"type": "project"}}
    pins = pins_of([line, nowhere], open_window.session.frame)
    assert pins.ids == ("a",)
