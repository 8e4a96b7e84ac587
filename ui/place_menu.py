"""The menu of a right click on the city: what one can do with this place and this thing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from layers.pick import Pick
from twin.place import lonlat_from_local
from twin.session import Session
from ui import words
from ui.icons import set_icon
from ui.scene_view import Point, SceneView


class PlaceMenu:
    """Makes the menu; its acts are those of view and session."""

    def __init__(self, view: SceneView, session: Session) -> None:
        """Follow a view's right clicks."""
        self._view, self._session = view, session
        view.menu_asked.connect(self.show)

    def show(self, place: QPointF) -> None:
        """Show the menu at a place of the view."""
        if self._session.frame is not None:
            menu = self.menu_at(place)
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(self._view.mapToGlobal(QPoint(round(place.x()), round(place.y()))))

    def menu_at(self, place: QPointF) -> QMenu:
        """Return the menu for a place of the view."""
        menu = QMenu(self._view)
        pick, point = self._view.pick(place), self._view.point_at(place)
        if point is not None:
            _add(menu, "stand", words.ACTS["stand"][0], partial(self._view.mouse.stand_at_place, place))
            _add(menu, "zoom_to", words.FLY_HERE, partial(self._view.mouse.fly_to_point, point))
            _add(menu, "info", words.COPY_COORDINATES, partial(self._copy, point))
        if pick is not None:
            menu.addSeparator()
            _add(menu, "select", words.SELECT_THIS, partial(self._session.select, pick.layer_id, [pick.row]))
            self._add_alike(menu, pick)
        return menu

    def _add_alike(self, menu: QMenu, pick: Pick) -> None:
        layer = self._session.layers[pick.layer_id]
        column = self._session.composition.state(pick.layer_id).style.color_by
        if column in layer.table.fields() and layer.table.fields()[column] != "number":
            value = layer.table.row(pick.row)[column]
            text = words.select_alike(column, value)
            _add(menu, "select", text, partial(self._select_alike, pick.layer_id, column, value))

    def _select_alike(self, layer_id: str, column: str, value: object) -> None:
        values = self._session.layers[layer_id].table.column(column)
        self._session.select(layer_id, [row for row, other in enumerate(values.tolist()) if other == value])

    def _copy(self, point: Point) -> None:
        frame = self._session.frame
        if frame is not None:
            lon_deg, lat_deg = lonlat_from_local(frame, np.array([point[:2]]))[0].tolist()
            QGuiApplication.clipboard().setText(f"{lon_deg:.6f}, {lat_deg:.6f}")


def _add(menu: QMenu, icon_name: str, text: str, slot: Callable[[], object]) -> None:
    action = menu.addAction(text)
    set_icon(action, icon_name)
    action.triggered.connect(slot)
