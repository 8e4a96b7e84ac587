"""What the guide says, tried: every plugin in it is taken from its text and run, as a stranger would."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plugins.check import check_file
from plugins.city_files import CityContents

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "plugin-guide.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```python\n# file: (\w+)\.py\n(.*?)```", GUIDE, re.DOTALL))
STRANGERS = '''\
"""Trees that stand close to a tall building, by someone who has read the guide and nothing else."""
from dataclasses import dataclass
from plugins.contract import *

@dataclass(frozen=True)
class Parameters:
    trees: Layer = layer("trees", kinds=["points"], title="Trees")
    near_m: float = number(8, min=1, max=50, unit="m")
    taller_m: float = number(15, min=0, max=200, unit="m")

class ShadedTrees:
    info = Info(
        id="shaded_trees", title="Shaded trees", kind="points", contract=1, unit="m",
        summary="Trees near tall buildings.", source="The city", licence="CC0-1.0", parameters=Parameters,
        style={"size_px": 5},
    )

    def frames(self, city, area, parameters, stop):
        buildings = city.buildings(area)
        tall = buildings[buildings.height_m >= parameters.taller_m]
        if tall.empty:
            raise PluginError("There is no such tall building.", "Lower the limit.")
        yield Progress(0.2, "looking around trees")
        trees = city.layer(parameters.trees, area, columns=["species"])
        near = trees.sjoin_nearest(tall[["geometry"]], max_distance=parameters.near_m, distance_col="away_m")
        near = near[~near.index.duplicated()].drop(columns="index_right")
        yield Frame(near, value="away_m", facts={"trees": len(near)})
'''


@pytest.mark.parametrize("name", BLOCKS)
def test_the_guides_plugins_are_fit_to_draw(name: str, tmp_path: Path, sample: CityContents) -> None:
    path = tmp_path / f"{name}.py"
    path.write_text(BLOCKS[name], encoding="utf-8")
    report = check_file(path, city=sample, live_s=1.0)
    assert report.is_fit, report.sentences()
    assert report.measured["drawn"] > 0, report.sentences()


def test_the_guide_has_a_layer_a_live_one_and_an_analysis() -> None:
    assert set(BLOCKS) == {"quiet_corners", "kinds_of_parameters", "lighthouse", "storeys"}


def test_a_strangers_plugin_of_thirty_lines_works(tmp_path: Path, sample: CityContents) -> None:
    assert len(STRANGERS.splitlines()) <= 32
    path = tmp_path / "shaded_trees.py"
    path.write_text(STRANGERS, encoding="utf-8")
    report = check_file(path, city=sample)
    assert report.is_fit, report.sentences()
    assert not [f for f in report.findings if f.severity == "warning"], report.sentences()
    assert report.measured["drawn"] > 100
