"""The open layers without what is personal: what a meeting may search, name and show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from twin.errors import ColumnError
from twin.layer import Layer
from twin.personal import PersonalDecision, public_fields
from twin.table import ColumnKind, Table


@dataclass(frozen=True)
class PublicTable:
    """A table that has only its public columns."""

    whole: Table
    allowed: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.whole)

    def fields(self) -> Mapping[str, ColumnKind]:
        """Return the public columns and their kinds."""
        kinds = self.whole.fields()
        return {name: kinds[name] for name in self.allowed}

    def column(self, name: str) -> npt.NDArray[np.generic]:
        """Return one public column.

        raises   ColumnError  there is none of that name, or it is not public
        """
        if name not in self.allowed:
            raise ColumnError(f'There is no public column "{name}".', column=name)
        return self.whole.column(name)

    def row(self, number: int) -> dict[str, object]:
        """Return the public values of one row."""
        values = self.whole.row(number)
        return {name: values[name] for name in self.allowed}


def public_layers(layers: Mapping[str, Layer], decisions: tuple[PersonalDecision, ...]) -> dict[str, Layer]:
    """Return the layers with tables that lack every column that is personal, or looks so and was not decided."""
    return {
        layer_id: replace(
            layer, table=PublicTable(layer.table, public_fields(layer.table, decisions, layer_id=layer_id))
        )
        for layer_id, layer in layers.items()
    }
