"""What is in a project, in words and for scripts, without opening its layers."""

from __future__ import annotations

from pathlib import Path

from data.project import Stored
from data.project_schema import SCHEMA
from data.project_sources import size_of, size_of_folder
from data.sources import split_layer
from twin.flows import FlowTable
from twin.join import TableJoin
from twin.project import ProjectLayer
from twin.report import Report
from ui.contents import Contents, stored_project
from ui.project_state import Kept, project_of_session


def project_facts(source: str) -> dict[str, object]:
    """Return what scripts rely on.

    raises   ProjectError  it is no project that can be opened here
    """
    stored, report = stored_project(source)
    return _facts(stored, report)


def facts_of_session(contents: Contents, source: str) -> dict[str, object]:
    """Return the same of data files that are open and in no project yet; source is what was named."""
    project = project_of_session(contents.session, Kept())
    path = Path(split_layer(source)[0]).absolute()
    answer = _facts(Stored(project, path), contents.report)
    return answer | {"title": path.stem, "schema": None, "size_bytes": size_of(path)}


def _facts(stored: Stored, report: Report) -> dict[str, object]:
    project = stored.project
    states = {state.layer_id: state for state in project.view.composition.layers}
    joins = {i: [_join(j, stored.folder) for j in state.joins] for i, state in states.items() if state.joins}
    return {
        "project": str(stored.folder),
        "title": project.title or stored.folder.stem,
        "schema": SCHEMA,
        "app": stored.app,
        "saved": stored.saved,
        "crs": project.frame.crs if project.frame is not None else None,
        "layers": [_layer(layer, states.get(layer.id)) for layer in project.layers],
        "joins": [{"layer": layer_id, **join} for layer_id, every in joins.items() for join in every],
        "flows": [_flow(flow) for flow in project.view.composition.flows],
        "views": [view.name for view in project.views],
        "bookmarks": [bookmark.number for bookmark in project.bookmarks],
        "size_bytes": size_of_folder(stored.folder),
        "problems": report.sentences(),
    }


def _flow(flow: FlowTable) -> dict[str, object]:
    is_missing = "://" not in flow.path and not Path(flow.path).exists()
    return {
        "id": flow.id, "name": flow.name, "from": "+".join(flow.origin), "to": "+".join(flow.destination),
        "value": flow.value_name, "layer": flow.layer_id or None, "is_missing": is_missing,
    }  # fmt: skip


def _layer(layer: ProjectLayer, state: object) -> dict[str, object]:
    path = Path(layer.source.path)
    is_address = "://" in layer.source.path
    is_missing = not is_address and not path.exists()
    reason = f'There is no file "{path.name}" at {path.parent}.' if is_missing else ""
    return {
        "id": layer.id,
        "name": getattr(state, "name", "") or layer.name,
        "kind": str(layer.source.kind) if layer.source.kind else None,
        "count": layer.count,
        "source": layer.source.path,
        "source_layer": layer.source.layer,
        "is_visible": getattr(state, "is_visible", True),
        "is_inside": layer.source.is_inside,
        "stored": "inside" if layer.source.is_inside else "link",
        "rasters": [raster.path for raster in layer.source.rasters],
        "bytes": 0 if is_address else size_of(path),
        "missing": is_missing,
        "reason": reason,
        **({"copy": layer.source.copy.path} if layer.source.copy is not None else {}),
    }


def _join(join: TableJoin, folder: Path) -> dict[str, object]:
    path = Path(join.path)
    return {
        "table": join.path,
        "sheet": join.table,
        "left": join.left_key,
        "right": join.right_key,
        "reduce": str(join.reduce) if join.reduce else None,
        "is_inside": path.is_relative_to(folder),
        "missing": "://" not in join.path and not path.exists(),
    }


def sentences(facts: dict[str, object]) -> list[str]:
    """Return the same for people, one thing a line."""
    if "zip" in facts:
        return [f"{facts['zip']}: {_size(facts['size_bytes'])}"]
    if "layers" not in facts or "title" not in facts:  # the answer of a check
        return [f"{key}: {value}" for key, value in facts.items()]
    lines = [
        f"{facts['project']}",
        f"  title      {facts['title']} ({_saved(facts)})",
        f"  size       {_size(facts['size_bytes'])}",
    ]
    for layer in facts["layers"]:  # type: ignore[attr-defined]
        where = "missing" if layer["missing"] else layer["stored"]
        lines.append(
            f"  layer      {layer['name']}: {layer['count']:,} rows, {layer['kind']}, {where},"
            f" {_size(layer['bytes'])}, {layer['source']}"
        )
    lines += [
        f"  join       {Path(join['table']).name}: {join['left']} = {join['right']} on {join['layer']}"
        for join in facts["joins"]  # type: ignore[attr-defined]
    ]
    lines += [
        f"  flows      {flow['name']}: from {flow['from']} to {flow['to']}{', missing' if flow['is_missing'] else ''}"
        for flow in facts["flows"]  # type: ignore[attr-defined]
    ]
    lines += [f"  view       {name}" for name in facts["views"]]  # type: ignore[attr-defined]
    return lines + [f"  note       {said}" for said in facts["problems"]]  # type: ignore[attr-defined]


def _saved(facts: dict[str, object]) -> str:
    return f"form {facts['schema']}, saved {facts['saved']}" if facts["schema"] is not None else "no project yet"


def _size(count: object) -> str:
    return f"{int(str(count)) / 1e6:,.1f} MB"
