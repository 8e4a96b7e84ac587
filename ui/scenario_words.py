"""What people read about scenarios and drawing."""

from __future__ import annotations

from twin.scenario import Edit, EditKind, GroundUse

PANEL = "Scenarios"
TODAY = "Today"
SHOWN = "Shown"
SHOWN_TIP = "The scenario in the picture; Today is the city as it is"
NEW, DUPLICATE, RENAME, DELETE = "New", "Duplicate", "Rename", "Delete"
NEW_NAME = "Scenario"
NAME_ASKED = "Name of the scenario"
COPY_OF = "{} copy"
TOOLS_HEAD = "Draw"
EDITS = "Edits"
EDITS_TIP = "What this scenario changes; Delete removes the marked ones"
NOTHING = "Draw an outline on the ground, or take a building away. The first edit begins a scenario."
COMPARE_HEAD = "Compare with"
COMPARE_TIP = "The other side of the swipe line or of the two views"
SWIPE, SPLIT, FIGURES = "Swipe line", "Two views", "Figures…"
SWIPE_TIP = "Drag the line: this side shows one scenario, that side the other"
SPLIT_TIP = "Two views with one camera"
FIGURES_TIP = "Floor area, residents, jobs, green and more of each scenario, with their formulas"
TOOLS: dict[str, tuple[str, str]] = {
    "build": ("Building", "Click the corners; Enter or a double click closes. Type a number for an exact length."),
    "park": ("Park", "Click the corners of a park."),
    "square": ("Square", "Click the corners of a square."),
    "street": ("Street", "Click along a street; Enter or a double click ends it."),
    "water": ("Water", "Click the corners of water."),
    "trees": ("Tree row", "Click along a row of trees; Enter or a double click ends it."),
    "demolish": ("Take away", "Click what is to be taken away; a second click brings it back."),
    "replace": ("Replace", "Click a building: it is taken away and drawn anew on its outline."),
    "model": ("Model…", "Place a GLB, OBJ or CityJSON model: choose the file, then click where it stands."),
}  # fmt: skip
FIELDS: dict[str, tuple[str, str]] = {
    "name": ("Name", "What people see"),
    "use": ("Use", "housing, office, retail and so on: floor area, residents and jobs are counted by it"),
    "storeys": ("Storeys", "0 where only the height counts"),
    "storey_m": ("Storey height", "Floor to floor"),
    "height_m": ("Height", "Top above the ground; 0 takes storeys times storey height"),
    "base_m": ("Underside", "Above the ground: a building over a passage"),
    "setbacks": ("Setbacks", "5:2.5; 8:4 stands back 2.5 m from storey 5 on and 4 m from storey 8 on"),
    "width_m": ("Width", "Of the street"),
    "spacing_m": ("Spacing", "Between two trees"),
    "tree_m": ("Tree height", "Of each tree"),
    "heading_deg": ("Turned", "Clockwise, seen from above"),
    "scale": ("Scale", "Metres a unit of the model"),
}
USES = ("housing", "mixed", "office", "retail", "hotel", "education", "health", "public", "industry", "storage")
TURN, SCALE, COPIES, APART, TOWARDS = "Turn", "Scale", "Copies", "every", "towards"
TURN_TIP = "Turn the marked edits clockwise about their middle"
SCALE_TIP = "Make the marked edits larger or smaller about their middle"
COPIES_TIP = "Copy the marked edits several times, each so far from the last, in a compass direction"
MOVE_HINT = "Drag the ring to move, the corner squares to reshape, the arrow up to raise, the dot beside to turn."
HOLD = "Hold C in the picture to see today."
CHOOSE_MODEL = "Choose a model"
MODEL_FILES = "Models (*.glb *.gltf *.obj *.ply *.stl *.json *.jsonl);;All files (*)"
CLICK_FOR_MODEL = "Click where the model stands."
NO_CITY = "Open a city first."
CROSSES = "This outline crosses itself. Move a corner, or take the last one back with Backspace."
TOO_FEW = "An area needs three corners, a line two."
NOTHING_THERE = "There is nothing here that could be taken away."
IS_PROPOSED = "This is part of the scenario: mark it and press Delete."
NEEDS_TWO = "Make a scenario first: there is nothing to compare today with."
FIGURES_TITLE = "Figures of the scenarios"
FORMULA = "Formula"
RATES = "Rates: residents and jobs on 100 m² of gross floor area"
SAVE_CSV = "Save as CSV…"
CHART_OF = "Chart of"
CHANGE = "change from today"
ANALYSES = "Sun and plans…"
ANALYSES_TIP = "Hours of sun that neighbours lose, and conflicts with plans: takes a while"


def edit_text(edit: Edit) -> str:
    """Return an edit in the list."""
    match edit.kind:
        case EditKind.BUILD:
            size = f"{edit.floors:g} storeys, {edit.top_m:.1f} m"
            return f"{edit.name or edit.use or 'Building'}: {size}"
        case EditKind.PLACE:
            return f"{edit.name or 'Model'} (model)"
        case EditKind.DEMOLISH:
            return f"Taken away: {edit.name or edit.key or edit.layer_id}"
    words = {GroundUse.TREES: "Tree row", GroundUse.STREET: "Street"}
    return edit.name or words.get(edit.ground, edit.ground.value.capitalize())


def length_text(length_m: float, area_m2: float | None = None) -> str:
    """Return the figures at the cursor."""
    text = f"{length_m:,.2f} m"
    return text if area_m2 is None else f"{text}\n{area_m2:,.1f} m²"
