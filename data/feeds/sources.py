"""From an address to its source: one table of schemes."""

from __future__ import annotations

import importlib

from data.feeds.address import split_secret
from data.feeds.source import Source

TABLE = {
    "mqtt": ("mqtt", "MqttSource"),
    "mqtts": ("mqtt", "MqttSource"),
    "ws": ("websocket", "WebSocketSource"),
    "wss": ("websocket", "WebSocketSource"),
    "sse+http": ("sse", "EventSource"),
    "sse+https": ("sse", "EventSource"),
    "http": ("polled", "PolledSource"),
    "https": ("polled", "PolledSource"),
    "gbfs+http": ("gbfs", "GbfsSource"),
    "gbfs+https": ("gbfs", "GbfsSource"),
    "sta+http": ("sensorthings", "SensorThingsSource"),
    "sta+https": ("sensorthings", "SensorThingsSource"),
    "gtfs-rt+http": ("gtfs_realtime", "GtfsRealtimeSource"),
    "gtfs-rt+https": ("gtfs_realtime", "GtfsRealtimeSource"),
    "kafka": ("kafka", "KafkaSource"),
    "file": ("recorded", "FileSource"),
}
"""Scheme: the module in data/feeds and its class; loaded when it is asked for."""


def source_for(url: str) -> Source:
    """Return the source of an address.

    raises   FeedError  there is none for it, or it lacks a part
    """
    plain, _ = split_secret(url)
    module, name = TABLE[plain.partition("://")[0]]
    source: Source = getattr(importlib.import_module(f"data.feeds.{module}"), name)(plain)
    return source
