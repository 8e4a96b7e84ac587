"""What the operator's session has and the public must not see stays out of the public session."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from data.vector import read
from twin.measure import MeasureKind, Measurement, point_from_local
from twin.personal import Decided, PersonalDecision
from twin.session import Session
from ui.audience.public_city import PublicCity

PEOPLE = (("Mill", "ann@example.org", 8.0), ("Inn", "bob@example.org", 8.001))


def session_of(tmp_path: Path) -> Session:
    path = tmp_path / "houses.geojson"
    features = [
        {
            "type": "Feature",
            "properties": {"name": name, "owner_email": mail},
            "geometry": {"type": "Point", "coordinates": [lon, 50.0]},
        }
        for name, mail, lon in PEOPLE
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    session = Session()
    session.add_layer(read(str(path)))
    return session


def test_a_personal_column_labels_colours_and_filters_nothing(tmp_path: Path) -> None:
    session = session_of(tmp_path)
    (layer_id,) = session.layers
    city = PublicCity(session)
    style = session.composition.state(layer_id).style
    for change in ({"label_by": "owner_email"}, {"color_by": "owner_email"}):
        shown = city.public(
            replace(
                session.composition, layers=(replace(session.composition.layers[0], style=replace(style, **change)),)
            )
        )
        assert "owner_email" not in repr(shown)
        assert "owner_email" in city.left_out[layer_id]
    state = replace(session.composition.layers[0], style=replace(style, filter='owner_email == "ann@example.org"'))
    shown = city.public(replace(session.composition, layers=(state,)))
    assert not shown.layers[0].is_visible
    assert "owner_email" not in city.session.layers[layer_id].table.fields()
    city.close()


def test_a_column_that_was_decided_public_may_be_shown(tmp_path: Path) -> None:
    session = session_of(tmp_path)
    (layer_id,) = session.layers
    said = (PersonalDecision(layer_id, "owner_email", Decided.PUBLIC),)
    city = PublicCity(session, decisions=said)
    assert "owner_email" in city.session.layers[layer_id].table.fields()
    city.close()


def test_selection_brush_and_measurements_stay_with_the_operator(tmp_path: Path) -> None:
    session = session_of(tmp_path)
    (layer_id,) = session.layers
    city = PublicCity(session)
    session.select(layer_id, [0])
    assert session.frame is not None
    points = tuple(point_from_local(session.frame, (x, 0.0, 0.0)) for x in (0.0, 5.0))
    measured = replace(session.composition, measurements=(Measurement("m", MeasureKind.DISTANCE, points),))
    session.set_composition(measured)
    city.show(session.view)
    assert city.session.selection.rows == ()
    assert city.session.composition.measurements == ()
    city.close()


def test_a_withheld_layer_is_not_there_at_all(tmp_path: Path) -> None:
    session = session_of(tmp_path)
    (layer_id,) = session.layers
    city = PublicCity(session, withheld=(layer_id,))
    assert not city.session.layers
    city.show(session.view)
    assert city.session.composition.layers == ()
    city.close()


def test_layers_that_come_go_and_change_do_so_in_public(tmp_path: Path) -> None:
    session = session_of(tmp_path)
    (layer_id,) = session.layers
    city = PublicCity(session)
    session.replace_layer(replace(session.layers[layer_id]))
    assert list(city.session.layers) == [layer_id]
    session.remove_layer(layer_id)
    assert not city.session.layers
    city.close()
