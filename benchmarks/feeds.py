"""Live data measured: MQTT to columns against the usual way in Python, 10,000 messages a second, recordings, a soak.

usage: feeds.py mqtt|steady|recording|soak [--seconds N] [--hours H]

mqtt        as fast as a broker on this machine delivers: our feed, and paho-mqtt with orjson into NumPy rows, in turns
steady      10,000 messages a second: what is lost, how long until a frame, how much of a core
recording   H hours of 1,000 vehicles at 1 Hz: bytes a position, and how long a seek takes
soak        20 feeds for N seconds: memory of the feeds' process
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from measuring import machine, tell

from data.feeds.host import FeedHost
from data.recorder import Recorder
from data.recording import Recording
from twin.entities import Entities, EntityBatch
from twin.feed import FeedWish, Mapping
from ui.feeding import Feeding

MAPPING = Mapping(id="id", lon="x", lat="y", time="t", z="z", heading="h", speed="v")
VEHICLES = 5000


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def start_broker(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    port = free_port()
    settings = folder / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/opt/homebrew/sbin")
    process = subprocess.Popen(
        [str(program), "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(0.7)
    return process, port


def text(words: bytes) -> bytes:
    return len(words).to_bytes(2, "big") + words


def packet(kind: int, body: bytes) -> bytes:
    size, length = b"", len(body)
    while True:
        length, low = divmod(length, 128)
        size += bytes([low | (128 if length else 0)])
        if not length:
            return bytes([kind]) + size + body


def message(i: int, now_s: float) -> bytes:
    said = {
        "id": f"veh-{i:05d}",
        "t": now_s,
        "x": 10.0 + i * 1e-5,
        "y": 53.8 + now_s % 1 / 100,
        "z": 1.5,
        "v": 13.9,
        "h": 271.3,
    }
    return packet(0x30, text(b"city/veh/%05d/state" % i) + json.dumps(said).encode())


def publish(port: int, rate: float, stop: Any, sent: Any) -> None:
    """Publish until told to stop; at a rate, each message says when it was made."""
    with socket.create_connection(("127.0.0.1", port)) as out:
        out.sendall(packet(0x10, text(b"MQTT") + b"\x04\x02\x02\x58" + text(b"publisher")))
        out.recv(4)
        ready = [message(i, time.time()) for i in range(VEHICLES)]
        begin, number, at_once = time.perf_counter(), 0, 100 if rate else 200
        while not stop.value:
            part = [i % VEHICLES for i in range(number, number + at_once)]
            out.sendall(b"".join([message(i, time.time()) for i in part] if rate else [ready[i] for i in part]))
            number += at_once
            early_s = number / rate - (time.perf_counter() - begin) if rate else 0.0
            if early_s > 0:
                time.sleep(early_s)
        sent.value = number


class Publisher:
    """A process that publishes."""

    def __init__(self, port: int, rate: float) -> None:
        context = multiprocessing.get_context("spawn")
        self._stop, self._sent = context.Value("b", 0), context.Value("q", 0)
        self._process = context.Process(target=publish, args=(port, rate, self._stop, self._sent), daemon=True)
        self._process.start()

    def stop(self) -> int:
        """End it and return how many messages it sent."""
        self._stop.value = 1
        self._process.join(10)
        return int(self._sent.value)


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure(count: Any, step: Any, seconds: float) -> tuple[float, float]:
    """Return messages a second, and microseconds of processor a message."""
    begin, before, used = time.perf_counter(), count(), cpu_s()
    while time.perf_counter() - begin < seconds:
        step()
    lasted, number = time.perf_counter() - begin, count() - before
    return number / lasted, (cpu_s() - used) / max(number, 1) * 1e6


def ours(port: int, seconds: float) -> tuple[float, float]:
    host = FeedHost()
    host.open(FeedWish("f", "f", f"mqtt://127.0.0.1:{port}/city/#", MAPPING))

    def step() -> None:
        host.wait(0.05)
        host.step()

    end = time.monotonic() + 1
    while time.monotonic() < end:
        step()
    publisher = Publisher(port, 0)
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        step()
    found = measure(lambda: host.statuses()["f"].counts.observations, step, seconds)
    publisher.stop()
    host.close()
    return found


def usual(port: int, seconds: float) -> tuple[float, float]:
    import orjson  # noqa: PLC0415
    from paho.mqtt import client as mqtt  # noqa: PLC0415

    state, count = np.zeros((VEHICLES, 6)), [0]

    def on_message(_client: object, _data: object, said: Any) -> None:
        d = orjson.loads(said.payload)
        state[int(d["id"][4:])] = (d["t"], d["x"], d["y"], d["z"], d["v"], d["h"])
        count[0] += 1

    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_message = on_message
    client.on_connect = lambda c, *_: c.subscribe("city/#", 0)
    client.connect("127.0.0.1", port, 600)
    client.loop_start()
    time.sleep(1)
    publisher = Publisher(port, 0)
    time.sleep(2.5)
    found = measure(lambda: count[0], lambda: time.sleep(0.05), seconds)
    publisher.stop()
    client.disconnect()
    client.loop_stop()
    return found


def run_mqtt(folder: Path, seconds: float) -> dict[str, object]:
    broker, port = start_broker(folder)
    rounds: dict[str, list[tuple[float, float]]] = {"ours": [], "usual": []}
    try:
        for _ in range(3):
            rounds["usual"].append(usual(port, seconds))
            rounds["ours"].append(ours(port, seconds))
    finally:
        broker.terminate()
    middle = {name: np.median(np.array(found), axis=0) for name, found in rounds.items()}
    return {
        "messages_per_s": {n: round(m[0]) for n, m in middle.items()},
        "cpu_us_per_message": {n: round(m[1], 2) for n, m in middle.items()},
        "ratio_of_messages_per_s": round(middle["ours"][0] / middle["usual"][0], 2),
        "ratio_of_messages_per_cpu": round(middle["usual"][1] / middle["ours"][1], 2),
        "rounds": rounds,
    }


def run_steady(folder: Path, seconds: float) -> dict[str, object]:
    """Measure the process that the window uses, as the window uses it."""
    broker, port = start_broker(folder)
    frames = 0
    try:
        with Feeding() as feeding:
            feeding.open(FeedWish("f", "f", f"mqtt://127.0.0.1:{port}/city/#", MAPPING))
            status = None
            while status is None or not status.subscribed_s:
                status = (feeding.collect(0.1).statuses or {}).get("f", status)
            child = psutil.Process(feeding._process.pid)  # type: ignore[union-attr]  # noqa: SLF001
            publisher = Publisher(port, 10_000)
            time.sleep(2)
            used, own, begin = sum(child.cpu_times()[:2]), cpu_s(), time.perf_counter()
            while time.perf_counter() - begin < seconds:
                collected = feeding.collect(0.05)
                frames += len(collected.frames)
            lasted = time.perf_counter() - begin
            used, own = sum(child.cpu_times()[:2]) - used, cpu_s() - own
            sent = publisher.stop()
            end = time.monotonic() + 1.5
            while time.monotonic() < end:
                status = (feeding.collect(0.05).statuses or {}).get("f", status)
    finally:
        broker.terminate()
    assert status is not None
    return {
        "sent": sent,
        "read": status.messages,
        "lost": sent - status.messages,
        "dropped": status.dropped,
        "latency_ms": {"p50": round(status.latency_p50_ms, 1), "p99": round(status.latency_p99_ms, 1)},
        "core_of_feeds": round(used / lasted, 3),
        "core_of_window": round(own / lasted, 3),
        "frames_per_s": round(frames / lasted, 1),
    }


def run_recording(folder: Path, hours: float) -> dict[str, object]:
    path, n, seconds = folder / "day.jsonl.zst", 1000, int(hours * 3600)
    rng = np.random.default_rng(1)
    recorder, entities = Recorder(path, FeedWish("f", "f", "mqtt://host/f", MAPPING)), Entities("f")
    lon, lat = 10 + rng.random(n) * 0.1, 53.8 + rng.random(n) * 0.1
    heading, speed = rng.random(n) * 360, rng.random(n) * 14
    ids, begin_s, begin = [f"veh-{i:05d}" for i in range(n)], 1_760_000_000.0, time.perf_counter()
    for second in range(seconds):
        heading = (heading + rng.normal(0, 5, n)) % 360
        speed = np.clip(speed + rng.normal(0, 0.5, n), 0, 15)
        lon += np.sin(np.radians(heading)) * speed / 65_000
        lat += np.cos(np.radians(heading)) * speed / 111_320
        at_s = begin_s + second + 0.999
        time_s = begin_s + second + np.sort(rng.random(n)).round(3)
        batch = EntityBatch(ids, at_s, lon.round(7), lat.round(7), time_s,
                            heading_rad=np.radians(heading.round(1) % 360), speed_mps=speed.round(2))  # fmt: skip
        recorder.add(batch, entities, at_s, messages=n, size=n * 120, malformed=0)
        entities.update(batch)
        recorder.flush(at_s)
    recorder.close()
    wrote_s = time.perf_counter() - begin
    opened = time.perf_counter()
    recording = Recording(path)
    opened = time.perf_counter() - opened
    seeks = []
    for at_s in rng.uniform(recording.begin_s, recording.end_s, 50):
        begin = time.perf_counter()
        frame = recording.frame(float(at_s))
        seeks.append(time.perf_counter() - begin)
        assert len(frame) == n
    size = path.stat().st_size
    return {
        "positions": n * seconds,
        "file_mb": round(size / 1e6, 1),
        "bytes_per_position": round(size / n / seconds, 2),
        "write_us_per_position": round(wrote_s / n / seconds * 1e6, 2),
        "open_ms": round(opened * 1e3, 1),
        "seek_ms": {"median": round(float(np.median(seeks)) * 1e3, 1), "worst": round(max(seeks) * 1e3, 1)},
    }


def run_soak(folder: Path, seconds: float) -> dict[str, object]:
    broker, port = start_broker(folder)
    memory: list[tuple[float, float, float]] = []
    try:
        with Feeding() as feeding:
            for i in range(20):
                wish = FeedWish(f"f{i}", "", f"mqtt://127.0.0.1:{port}/city/veh/+/state", MAPPING)
                feeding.open(wish, record_to=folder / f"{i}.jsonl.zst" if i < 5 else None)
            child = psutil.Process(feeding._process.pid)  # type: ignore[union-attr]  # noqa: SLF001
            publisher = Publisher(port, 100)
            begin = told = time.perf_counter()
            statuses: dict[str, Any] = {}
            while (now := time.perf_counter()) - begin < seconds:
                statuses.update(feeding.collect(0.1).statuses or {})
                if now - told >= 10:
                    told = now
                    own = psutil.Process().memory_info().rss / 1e6
                    memory.append((round(now - begin), round(child.memory_info().rss / 1e6, 2), round(own, 2)))
                    print(memory[-1], file=sys.stderr, flush=True)
            sent = publisher.stop()
    finally:
        broker.terminate()
    after = [m for m in memory if m[0] >= min(300, seconds / 3)]
    first, last = np.array(after[: max(len(after) // 10, 1)]), np.array(after[-max(len(after) // 10, 1) :])
    growth = last.mean(axis=0) / first.mean(axis=0) - 1
    return {
        "seconds": seconds,
        "sent_to_each": sent,
        "read": sum(s.messages for s in statuses.values()),
        "feeds_mb": [after[0][1], after[-1][1]],
        "growth_of_feeds": round(float(growth[1]), 4),
        "owner_mb": [after[0][2], after[-1][2]],
        "growth_of_owner": round(float(growth[2]), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("mqtt", "steady", "recording", "soak"))
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--hours", type=float, default=1.0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = {"mqtt": run_mqtt, "steady": run_steady, "soak": run_soak}
        where = Path(folder)
        found = run_recording(where, args.hours) if args.what == "recording" else runs[args.what](where, args.seconds)
    tell({args.what: found, "machine": machine()})


if __name__ == "__main__":
    main()
