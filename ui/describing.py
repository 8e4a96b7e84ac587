"""Descriptions of views in words, proposed from camera, layers and figures, in the languages of meetings."""

from __future__ import annotations

from collections.abc import Sequence
from math import degrees, pi

from layers.visual import painted
from twin.errors import TwinError
from twin.layer import Kind
from twin.legend import Legend, LegendKind
from twin.session import Camera, Session, View

SHARES = 3
"""So many of a layer's colours are named with their figures."""
SIDES = {
    "en": ("south", "south-west", "west", "north-west", "north", "north-east", "east", "south-east"),
    "de": ("Süden", "Südwesten", "Westen", "Nordwesten", "Norden", "Nordosten", "Osten", "Südosten"),
    "es": ("sur", "suroeste", "oeste", "noroeste", "norte", "noreste", "este", "sureste"),
    "fr": ("sud", "sud-ouest", "ouest", "nord-ouest", "nord", "nord-est", "est", "sud-est"),
    "zh": ("南", "西南", "西", "西北", "北", "东北", "东", "东南"),
}
"""The side that one looks from, for headings of 0, 45, 90 ... degrees."""
WORDS = {
    "en": {"plan": "Seen straight from above, north {up}.", "up": "up", "turned": "turned",
           "from": "Seen from the {side}, about {km} away.", "street": "Seen from the ground, from the {side}.",
           "shown": "Shown: {layers}.", "by": "{name} ({count}) by {title}: {parts}", "plain": "{name} ({count})",
           "range": "from {low} to {high}", "dark": "The picture is dark, as in the evening."},
    "de": {"plan": "Senkrecht von oben, Norden {up}.", "up": "oben", "turned": "gedreht",
           "from": "Blick von {side} aus, etwa {km} entfernt.", "street": "Blick vom Boden aus, von {side} her.",
           "shown": "Zu sehen: {layers}.", "by": "{name} ({count}) nach {title}: {parts}", "plain": "{name} ({count})",
           "range": "von {low} bis {high}", "dark": "Das Bild ist dunkel wie am Abend."},
    "es": {"plan": "Vista vertical desde arriba, norte {up}.", "up": "arriba", "turned": "girado",
           "from": "Vista desde el {side}, a unos {km}.", "street": "Vista a ras de suelo, desde el {side}.",
           "shown": "Se ve: {layers}.", "by": "{name} ({count}) por {title}: {parts}", "plain": "{name} ({count})",
           "range": "de {low} a {high}", "dark": "La imagen es oscura, como al anochecer."},
    "fr": {"plan": "Vue à la verticale, nord {up}.", "up": "en haut", "turned": "tourné",
           "from": "Vue depuis le {side}, à environ {km}.", "street": "Vue depuis le sol, du côté {side}.",
           "shown": "On voit : {layers}.", "by": "{name} ({count}) par {title} : {parts}", "plain": "{name} ({count})",
           "range": "de {low} à {high}", "dark": "L'image est sombre, comme le soir."},
    "zh": {"plan": "从正上方俯视，北{up}。", "up": "朝上", "turned": "不朝上",
           "from": "从{side}方望去，距离约{km}。", "street": "从地面上由{side}方望去。",
           "shown": "图中有：{layers}。", "by": "{name}（{count}），按{title}：{parts}", "plain": "{name}（{count}）",
           "range": "{low}至{high}", "dark": "画面较暗，如同傍晚。"},
}  # fmt: skip
EYE_LEVEL_RAD = 1.45
"""From this tilt on one looks level, as people do who stand in the city."""


def proposed_descriptions(view: View, session: Session, languages: Sequence[str]) -> dict[str, str]:
    """Return what can be seen in a view, in words, by language."""
    legends = legends_of(view, session)
    return {language: _description(view, legends, language) for language in languages}


def proposed_description(view: View, session: Session, language: str) -> str:
    """Return what can be seen in a view, in words; in English for a language that is not known here."""
    return _description(view, legends_of(view, session), language)


def _description(view: View, legends: Sequence[Legend], language: str) -> str:
    said = WORDS.get(language, WORDS["en"])
    parts = [_place(view.camera, language, said)]
    layers = [_layer(legend, said) for legend in legends]
    if layers:
        parts.append(said["shown"].format(layers=("；" if language == "zh" else "; ").join(layers)))
    if view.composition.theme == "dark":
        parts.append(said["dark"])
    return ("" if language == "zh" else " ").join(parts)


def legends_of(view: View, session: Session) -> list[Legend]:
    """Return the legends of a view's visible layers, topmost first; layers that cannot be drawn so are left out."""
    found = []
    for state in reversed(view.composition.layers):
        layer = session.layers.get(state.layer_id)
        if layer is None or not state.is_visible or layer.info.kind in (Kind.TERRAIN, Kind.IMAGE):
            continue
        try:
            found.append(painted(layer, state, theme=view.composition.theme)[1])
        except TwinError:
            continue
    return found


def _place(camera: Camera, language: str, said: dict[str, str]) -> str:
    if camera.tilt_rad < 0.05:
        is_north_up = abs((camera.heading_rad + pi) % (2 * pi) - pi) < 0.05
        return said["plan"].format(up=said["up" if is_north_up else "turned"])
    side = SIDES.get(language, SIDES["en"])[round(degrees(camera.heading_rad) / 45) % 8]
    if camera.tilt_rad > EYE_LEVEL_RAD:
        return said["street"].format(side=side)
    metres = camera.distance_m
    away = f"{metres / 1000:.1f} km" if metres >= 950 else f"{max(round(metres, -2), 100):.0f} m"
    return said["from"].format(side=side, km=away)


def _layer(legend: Legend, said: dict[str, str]) -> str:
    count = f"{legend.shown:,}"
    name = legend.layer_name or legend.title
    if legend.kind is LegendKind.SINGLE:
        return said["plain"].format(name=name, count=count)
    return said["by"].format(name=name, count=count, title=legend.title, parts=_figures(legend, said))


def _figures(legend: Legend, said: dict[str, str]) -> str:
    unit = f" {legend.unit}" if legend.unit else ""
    if legend.kind is LegendKind.RAMP and len(legend.ticks) > 1:
        return said["range"].format(low=legend.ticks[0][1] + unit, high=legend.ticks[-1][1] + unit)
    entries: Sequence[tuple[int, str]] = sorted(((e.count, e.label) for e in legend.entries), reverse=True)[:SHARES]
    return ", ".join(f"{label}{unit} {count:,}" for count, label in entries)
