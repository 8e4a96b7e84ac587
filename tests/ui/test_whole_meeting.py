"""A whole meeting on the sample city: phones, slips, hands, moderation from a second device, report and recount.

The server listens on an address of a network namespace of its own, and the browser lives in that namespace: it reaches
the meeting as a phone in a hall does, over plain HTTP and the network, and nothing else is there to be reached.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.sync_api import Page, sync_playwright

from tests.conftest import SampleRun
from tests.ui.audience.test_phone_page import CHROMIUM, FLAGS, PHONE

PROJECT = Path(__file__).resolve().parents[2]
NAMESPACE, OURS, THEIRS = f"hall{os.getpid() % 10000}", "10.77.31.1", "10.77.31.2"
PHONES = 200


def command(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=120, **more)


@pytest.fixture(scope="module")
def network() -> Iterator[str]:
    """The name of a namespace that reaches us on OURS and nothing else."""
    if CHROMIUM is None or shutil.which("ip") is None or os.geteuid() != 0:
        pytest.skip("needs Chromium, and the right to make a network namespace")
    link = f"v{NAMESPACE[4:]}"
    try:
        command("ip", "netns", "add", NAMESPACE)
        command("ip", "link", "add", f"{link}a", "type", "veth", "peer", "name", f"{link}b")
        command("ip", "link", "set", f"{link}b", "netns", NAMESPACE)
        command("ip", "addr", "add", f"{OURS}/24", "dev", f"{link}a")
        command("ip", "link", "set", f"{link}a", "up")
        for words in (f"addr add {THEIRS}/24 dev {link}b", f"link set {link}b up", "link set lo up"):
            command("ip", "-n", NAMESPACE, *words.split())
    except subprocess.CalledProcessError as error:
        subprocess.run(["ip", "netns", "del", NAMESPACE], check=False, capture_output=True)
        pytest.skip(f"no network namespace can be made here: {error.stderr.strip()}")
    yield NAMESPACE
    subprocess.run(["ip", "netns", "del", NAMESPACE], check=False)
    subprocess.run(["ip", "link", "del", f"{link}a"], check=False, capture_output=True)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, sample_run: SampleRun) -> Path:
    folder = shutil.copytree(sample_run[0], tmp_path_factory.mktemp("hall") / "city")
    return folder / "sample.citytwin"


@dataclass
class Meeting:
    """A running meeting, as those who run it know it."""

    told: dict[str, str]
    process: subprocess.Popen[str]
    project: Path

    async def ask(self, session: aiohttp.ClientSession, path: str, token: str, body: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with session.post(self.told["url"].rstrip("/") + path, json=body, headers=headers) as response:
            return response.status, await response.json()

    def operate_now(self, path: str, body: Any) -> None:
        """The same without a loop: the browser's own runs in this thread."""
        url = self.told["operator_url"].removesuffix("/operator") + f"/api/operator{path}"
        headers = {"Authorization": f"Bearer {self.told['operator_token']}", "Content-Type": "application/json"}
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310  our own server
        urllib.request.urlopen(request, timeout=20).close()  # noqa: S310

    async def operate(self, session: aiohttp.ClientSession, path: str, body: Any) -> Any:
        url = self.told["operator_url"].removesuffix("/operator") + f"/api/operator{path}"
        headers = {"Authorization": f"Bearer {self.told['operator_token']}"}
        async with session.post(url, json=body, headers=headers) as response:
            assert response.status in (200, 201), await response.text()
            return await response.json()


@pytest.fixture(scope="module")
def meeting(network: str, project: Path) -> Iterator[Meeting]:
    assert network
    words = [sys.executable, "-m", "ui", "meeting", str(project), "--no-window", "--host", OURS, "--json"]
    with subprocess.Popen(words, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Meeting(json.loads(process.stdout.readline()), process, project)
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(30)


@pytest.fixture
def page(meeting: Meeting, network: str, tmp_path: Path) -> Iterator[Page]:
    wrapper = tmp_path / "browser-in-the-hall"
    wrapper.write_text(f'#!/bin/sh\nexec ip netns exec {network} {CHROMIUM} "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=wrapper, args=FLAGS)
        one = browser.new_context(**PHONE, locale="en-GB").new_page()
        one.goto(f"{meeting.told['url']}?c={meeting.told['join_code']}")
        yield one
        browser.close()


POLLS: tuple[dict[str, Any], ...] = (
    {"id": "open", "question": "Which harbour?", "kind": "scenario", "options": [{"id": "A"}, {"id": "B"}]},
    {"id": "slips", "question": "Should it be built?", "rule": "slip", "options": ["Yes", "No"]},
)


async def _in_the_room(meeting: Meeting) -> dict[str, Any]:
    """200 phones join, vote and comment; hands are counted; a second device moderates; polls are closed."""
    seen: dict[str, Any] = {"open": 0, "slips": 0, "comments": 0}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        issued = await meeting.operate(session, "/slips", {"count": 60})
        for poll in POLLS:
            await meeting.operate(session, "/polls", {"poll": poll})
        invited = await meeting.operate(session, "/invitations", {"role": "moderator", "label": "second device"})

        async def phone(number: int) -> None:
            _, joined = await meeting.ask(session, "/api/join", "", {"code": meeting.told["join_code"]})
            token = joined["token"]
            choice = "A" if number % 3 else "B"
            status, _ = await meeting.ask(session, "/api/polls/open/vote", token, {"choice": choice})
            seen["open"] += status == 201
            if number < 80:  # 20 more people than slips: theirs are made up
                slip = issued["slips"][number] if number < 60 else "ABCD-EFGH"
                body = {"choice": "1" if number % 2 else "2", "slip": slip}
                status, _ = await meeting.ask(session, "/api/polls/slips/vote", token, body)
                seen["slips"] += status == 201
            if number % 10 == 0:
                sent = {"text": f"Comment {number}", "place": {"type": "point", "lonlat": [10.08, 53.85]}}
                status, answer = await meeting.ask(session, "/api/comments", token, sent | {"age_group": "30-44"})
                seen["comments"] += status == 201
                act = {"act": "accept"} if number % 20 == 0 else {"act": "reject", "reason": "off the subject"}
                await meeting.ask(session, f"/api/operator/comments/{answer['id']}", invited["token"], act)

        await asyncio.gather(*(phone(number) for number in range(PHONES)))
        await meeting.operate(session, "/polls/open/hands", {"counts": {"A": 11, "B": 7}, "label": "left side"})
        for poll in POLLS:
            seen[f"head {poll['id']}"] = (await meeting.operate(session, f"/polls/{poll['id']}/close", {}))["receipt"][
                "head"
            ]
    return seen


def test_one_person_comments_votes_changes_and_withdraws_by_keyboard(meeting: Meeting, page: Page) -> None:
    poll = {"id": "keys", "question": "Benches?", "options": ["Yes", "No"]}
    meeting.operate_now("/polls", {"poll": poll})
    page.get_by_label("Code on the screen").press("Enter")
    page.get_by_role("radio", name="Yes").press("Space")
    page.keyboard.press("Enter")
    page.get_by_text("Your vote is stored.").wait_for()
    page.get_by_role("radio", name="No", exact=True).press("Space")
    page.get_by_role("button", name="Change my vote").press("Enter")
    page.get_by_text("Your vote is changed.").wait_for()
    page.get_by_role("button", name="Places").press("Enter")
    page.get_by_role("searchbox").fill("Market Square")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Comment here").first.press("Enter")
    page.keyboard.type("A bench in the shade")
    page.get_by_role("button", name="Send").press("Enter")
    page.get_by_text("waits for a moderator").wait_for()
    page.get_by_role("button", name="Take back: A bench in the shade").press("Enter")
    page.get_by_text("Taken back.").wait_for()
    page.get_by_role("button", name="Take back: Benches?").press("Enter")
    page.get_by_text("You have not sent anything.").wait_for()
    assert not [f for f in meeting.project.rglob("*") if f.is_file() and b"bench in the shade" in f.read_bytes()]


def test_a_phone_in_the_hall_sees_the_city_and_finds_a_building(meeting: Meeting, page: Page) -> None:
    assert meeting.told["url"].startswith(f"http://{OURS}:")
    page.get_by_role("button", name="Join").tap()
    picture = page.get_by_role("img").first
    picture.wait_for()
    page.wait_for_function("document.querySelector('#slide img').naturalWidth > 400", timeout=30_000)
    picture.tap()
    page.get_by_text("About:").wait_for()
    page.get_by_label("What do you want to say?").fill("Here")
    page.get_by_role("button", name="Send").tap()
    page.get_by_text("waits for a moderator").wait_for()


def test_the_operators_token_is_worth_nothing_in_the_hall(meeting: Meeting, page: Page) -> None:
    answer = page.evaluate(
        """async token => {
            const asked = await fetch('/api/operator', {headers: {Authorization: 'Bearer ' + token}});
            return asked.status;
        }""",
        meeting.told["operator_token"],
    )
    assert answer == 403


def test_the_room_votes_and_everything_can_be_recounted(meeting: Meeting, tmp_path: Path) -> None:
    seen = asyncio.run(_in_the_room(meeting))
    assert (seen["open"], seen["slips"], seen["comments"]) == (PHONES, 60, 20)
    meeting.process.send_signal(signal.SIGINT)
    assert meeting.process.wait(30) == 0
    here = {"cwd": PROJECT}
    told = json.loads(command(sys.executable, "-m", "ui", "tally", str(meeting.project), "--json", **here).stdout)
    polls = {p["id"]: p for p in told["polls"]}
    # 200 phones: numbers divisible by 3 are 67, they chose B; hands add 11 and 7
    assert [o["count"] for o in polls["open"]["options"]] == [133 + 11, 67 + 7]
    assert polls["open"]["by_source"] == {"room": 200, "hands": 18}
    assert [o["count"] for o in polls["slips"]["options"]] == [30, 30]
    assert polls["slips"]["votes"] <= polls["slips"]["slips_issued"] == 60
    for poll in POLLS:
        head = seen[f"head {poll['id']}"]
        command(sys.executable, "-m", "ui", "verify", str(meeting.project), "--head", head, **here)
    out = tmp_path / "report"
    words = (sys.executable, "-m", "ui", "report", str(meeting.project), "-o", str(out), "--json")
    report = json.loads(command(*words, **here).stdout)
    assert report["comments"]["by_state"]["accepted"] == 10
    assert report["comments"]["by_state"]["rejected"] == 10
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF")
    assert (out / "city-oblique.jpg").stat().st_size > 20_000
    recounted = json.loads(command(sys.executable, "-I", str(out / "recount.py"), str(out / "ballots.json")).stdout)
    theirs = {p["id"]: list(p["counts"].values()) for p in recounted["polls"]}
    assert theirs == {p["id"]: [o["count"] for o in p["options"]] for p in told["polls"]}
