"""Rules that a command is given: a TOML file or a project, with the areas that they name looked up. No Qt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from data.rules import read_rules
from twin.alarms import rule_from_text
from twin.errors import RuleError
from twin.feed import FeedWish, WatchRule

_ENDING = ".citytwin"


def rules_asked(source: str, wish: FeedWish) -> tuple[tuple[WatchRule, ...], tuple[str, ...]]:
    """Return the rules of a file NAME.toml or of a project that are about a feed, their areas with their rings.

    A rule's layer is one of the project that the rules are of; for a file by itself it is a data file beside it.
    returns  the rules, and the names of the feeds that others are about
    raises   TwinError  they cannot be read, or an area is nowhere; the sentence says which
    """
    path = Path(source)
    if path.suffix.lower() == ".toml":
        project = next((str(p) for p in path.absolute().parents if p.suffix.lower() == _ENDING), "")
        mine, others = _for_feed(read_rules(path), wish)
        return _with_areas(mine, project, path.absolute().parent), others
    from ui.contents import stored_project  # noqa: PLC0415  readers are loaded where there is something to read

    stored, _ = stored_project(source)
    own = tuple(replace(r, feed=w.id) for w in stored.project.view.composition.feeds for r in w.rules)
    rules = (*stored.project.rules, *own)
    if not rules:
        raise RuleError(
            f'"{path.name}" has no rules.', hint="Write them into rules.toml in the project, one under each [[rule]]."
        )
    mine, others = _for_feed(rules, wish)
    return _with_areas(mine, source, stored.folder), others


def _for_feed(rules: tuple[WatchRule, ...], wish: FeedWish) -> tuple[tuple[WatchRule, ...], tuple[str, ...]]:
    names = (wish.id.casefold(), wish.name.casefold())
    mine = tuple(rule for rule in rules if not rule.feed or rule.feed.casefold() in names)
    return mine, tuple(dict.fromkeys(rule.feed for rule in rules if rule not in mine))


def _with_areas(rules: tuple[WatchRule, ...], project: str, folder: Path) -> tuple[WatchRule, ...]:
    placed = list(rules)
    for layer in dict.fromkeys(rule.layer for rule in rules if _place(rule)):
        beside = folder / layer
        if not project and not (layer and beside.exists()):
            asked = f'"{layer}" is no file beside the rules' if layer else "it names no layer"
            first = next(rule for rule in rules if _place(rule) and rule.layer == layer)
            raise RuleError(
                f'The area "{_place(first)}" cannot be looked up: {asked}.',
                hint='Add layer = "districts.geojson", a file beside the rules, or write the corners.',
            )
        placed = _looked_up(
            placed, layer, str(beside) if layer and beside.exists() else project, is_file=beside.exists()
        )
    return tuple(placed)


def _looked_up(rules: list[WatchRule], layer: str, source: str, *, is_file: bool) -> list[WatchRule]:
    from ui.contents import open_contents  # noqa: PLC0415  as above
    from ui.jobs import Jobs  # noqa: PLC0415  as above
    from ui.watch_areas import names_near, placed_rules  # noqa: PLC0415  as above

    with Jobs() as jobs:
        session = open_contents([source], jobs=jobs).session
    found = []
    for rule in rules:
        if rule.layer != layer or not _place(rule):
            found.append(rule)
            continue
        asked = replace(rule, layer="") if is_file and layer else rule
        placed = replace(placed_rules((asked,), session)[0], layer=rule.layer)
        if not placed.area:
            where = f'the layer "{layer}"' if layer else "the layers"
            near = names_near(_place(rule), session, asked.layer)
            raise RuleError(
                f'There is no area called "{_place(rule)}" in {where}.',
                hint=f"There is: {', '.join(near)}." if near else f'See the rule "{rule.text}".',
            )
        found.append(placed)
    return found


def _place(rule: WatchRule) -> str:
    return rule.place or rule_from_text(rule.text).place
