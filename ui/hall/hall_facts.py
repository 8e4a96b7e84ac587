"""What can be known of the hall before the meeting: networks, firewall, disk, battery, projector. No Qt."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

DISK_LEAST_BYTES = 500 * 2**20
BATTERY_LEAST = 30
PROJECTOR_LEAST = (1024, 768)
ONE_SCREEN = (
    "There is one screen. Plug the projector in and set it to extend the screen, not to mirror it; "
    "with one screen the picture is frozen whenever the console is open."
)


@dataclass(frozen=True, slots=True)
class Network:
    """A network that this machine is in."""

    name: str
    """The interface: wlan0, Wi-Fi, en0."""
    address: str
    is_wireless: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was looked at."""

    is_good: bool
    sentence: str


def networks() -> list[Network]:
    """Return the networks that phones could be in too, those most likely first; this machine alone comes last."""
    stats = psutil.net_if_stats()
    found = [
        Network(name, str(address.address), _is_wireless(name))
        for name, addresses in psutil.net_if_addrs().items()
        for address in addresses
        if address.family is socket.AF_INET and (name not in stats or stats[name].isup)
    ]
    private = ("192.168.", "10.", "172.")
    found.sort(
        key=lambda n: (n.address.startswith("127."), not n.is_wireless, not n.address.startswith(private), n.name)
    )
    return found


def _is_wireless(name: str) -> bool:
    low = name.casefold()
    return low.startswith(("wl", "wi-fi", "wifi", "wlan")) or Path(f"/sys/class/net/{name}/wireless").exists()


def wifi_text(name: str, password: str) -> str:
    """Return what a code for joining a Wi-Fi says; "" without a name.

    source   the format of Wi-Fi codes read by Android and iOS (ZXing wiki, "Barcode contents", 2024)
    """
    if not name:
        return ""
    kind = "WPA" if password else "nopass"
    secret = f"P:{_escaped(password)};" if password else ""
    return f"WIFI:T:{kind};S:{_escaped(name)};{secret};"


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in '\\;,:"' else c for c in text)


def hall_facts(folder: Path, screens: list[tuple[int, int]], address: str, port: int) -> list[Fact]:
    """Return what speaks for and against beginning.

    screens   width and height of each screen, the operator's first
    address   where the phones are to find the page
    """
    return [_projector(screens), _network(address), _firewall(port), _disk(folder), *_battery()]


def _projector(screens: list[tuple[int, int]]) -> Fact:
    if len(screens) < 2:
        return Fact(False, ONE_SCREEN)
    width, height = screens[-1]
    if width < PROJECTOR_LEAST[0] or height < PROJECTOR_LEAST[1]:
        return Fact(False, f"The projector shows {width} × {height}; letters are large from 1024 × 768 on.")
    return Fact(True, f"The projector shows {width} × {height}.")


def _network(address: str) -> Fact:
    if address.startswith("127."):
        return Fact(False, "This address is this machine's own: no phone can reach it. Choose the Wi-Fi's network.")
    return Fact(True, f"Phones in the same network find the page at {address}.")


def _firewall(port: int) -> Fact:
    """Ask the firewall that most systems have; where it does not say, the phone's visit is the proof."""
    said = ""
    if sys.platform.startswith("linux"):
        said = _answer(["ufw", "status"]) or _answer(["firewall-cmd", "--state"])
        if "running" in said and "not running" not in said:
            ports = _answer(["firewall-cmd", "--list-ports"])
            if f"{port}/tcp" not in ports:
                return Fact(False, f"A firewall is running. Let port {port} in: firewall-cmd --add-port={port}/tcp")
        if "Status: active" in said and str(port) not in said:
            return Fact(False, f"A firewall is active. Let port {port} in: sudo ufw allow {port}/tcp")
    elif sys.platform == "win32":
        return Fact(False, "Windows asks once whether citytwin may be reached: allow it for private networks.")
    return Fact(True, f"No firewall is known to keep phones from port {port}; the first phone will prove it.")


def _answer(command: list[str]) -> str:
    if shutil.which(command[0]) is None:
        return ""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=2, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _disk(folder: Path) -> Fact:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return Fact(False, "It cannot be seen how much room the disk has.")
    if free < DISK_LEAST_BYTES:
        return Fact(False, f"The disk has only {free // 2**20:,} MB left: the record needs room. Free some.")
    return Fact(True, f"The disk has {free / 2**30:,.0f} GB left.")


def _battery() -> list[Fact]:
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    if battery is None:
        return []
    if battery.power_plugged:
        return [Fact(True, "The laptop is plugged in.")]
    percent = round(battery.percent)
    is_good = percent >= BATTERY_LEAST
    return [Fact(is_good, f"The laptop runs on its battery ({percent} %).{'' if is_good else ' Plug it in.'}")]
