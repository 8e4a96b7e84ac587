"""The sentences of joining tables and of opening databases; a part of words.py."""

from __future__ import annotations

from pathlib import Path

from data.database_address import is_address, without_password
from twin.join import JoinFacts, Reduce, TableJoin
from twin.key_proposals import KeyPair

TITLE = "Join a table"
LAYER = "Layer"
TABLE = "Table"
TABLE_PLACEHOLDER = "A file, or postgresql://USER@HOST/DATABASE?table=SCHEMA.TABLE"
BROWSE = "Browse…"
FILTER = (
    "Tables (*.csv *.tsv *.txt *.xlsx *.xlsm *.xls *.xlsb *.ods *.parquet *.dbf *.sqlite *.gpkg *.geojson *.shp)"
    ";;All files (*)"
)
SHEET = "Sheet or table"
HEADER = "Header row"
HEADER_FOUND = "found by itself"
HEADER_TIP = "The row with the columns' names, counted as the spreadsheet counts; click it in the preview"
PREVIEW = "The first rows as they stand there"
HOW = "How"
BY_KEY, BY_PLACE = "By a key: the same value in a column of each", "By place: points inside or near"
PROPOSALS = "Proposed keys"
NO_PROPOSALS = "No two columns share enough values; choose them yourself"
OWN_KEYS = "my own choice"
LEFT, RIGHT = "Column of the layer", "Column of the table"
DISTANCE = "At most so far away"
DISTANCE_TIP = "0 m takes points inside only; more takes the nearest within that distance"
INSIDE = "inside only"
REDUCE = "Several rows for one"
COLUMNS = "Columns"
PREFIX = "Put before their names"
PREFIX_PLACEHOLDER = "nothing"
MATCH = "What matches"
NOTHING_YET = "Choose a table."
READING = "Reading …"
ORPHANS = "Show what matches nothing…"
JOIN = "Join"
JOINED_ALREADY = "Joined already"
REMOVE = "Remove"
NO_LAYERS = "Open a layer first; a table is joined to its rows."
UNIQUE_KEYS = "Each key occurs once."
REDUCTIONS = {
    Reduce.FIRST: "the first row",
    Reduce.SUM: "sum of numbers",
    Reduce.MEAN: "mean of numbers",
    Reduce.COUNT: "how many are filled",
    Reduce.MOST_FREQUENT: "the most frequent value",
}
ORPHANS_TITLE = "What matches nothing"
SAVE_CSV = "Save as CSV…"
CSV_FILTER = "CSV (*.csv)"
OFFER_TITLE = "Colour by a joined column?"
COLOUR = "Colour"
NOT_NOW = "Not now"
DATABASE_TITLE = "Open a database"
DATABASE_ADDRESS = "Address"
DATABASE_PASSWORD = "Password"  # noqa: S105  the caption of its field
DATABASE_PASSWORD_TIP = "Only if it is not in PGPASSWORD, ~/.pgpass or the keyring. It is written to no file."  # noqa: S105
DATABASE_KEEP = "Keep the password in the system's keyring"
DATABASE_TABLES = "Tables"
DATABASE_SHOW = "Show tables"
NOT_KEPT = "The system has no keyring that would take the password; it was not kept."


def table_name(path: str) -> str:
    """Return what a table is called by: its file, or its database."""
    return without_password(path).partition("://")[2] if is_address(path) else Path(path).name


def sheet(name: str, rows: int, columns: int) -> str:
    """Return a sheet with its size."""
    return f"{name}    {rows:,} rows, {columns:,} columns" if rows >= 0 else f"{name}    {columns:,} columns"


def proposal(pair: KeyPair) -> str:
    """Return a pair of keys with how many rows match."""
    return f"{pair.left} = {pair.right}    {pair.rate:.1%} match"


def match(facts: JoinFacts, layer: str) -> str:
    """Return how a join would go."""
    rows = facts.matched + facts.orphans_left
    share = f" ({facts.matched / rows:.1%})" if rows else ""
    return (
        f"{facts.matched:,} of {rows:,} rows of {layer}{share} find something. {facts.orphans_left:,} find nothing; "
        f"{facts.orphans_right:,} of {facts.rows:,} table rows belong to nothing."
    )


def several(shared: int) -> str:
    """Return how many table rows share a key."""
    return f"{shared:,} table rows share their key with another; what becomes of them:"


def orphans_of(name: str, count: int) -> str:
    """Return the heading of the rows without a counterpart."""
    return f"{name}: {count:,}"


def listed(shown: int, count: int) -> str:
    """Return that not all rows are listed."""
    return f"The first {shown:,} of {count:,} are listed; the CSV has all." if shown < count else ""


def saved(path: str) -> str:
    """Return where a list went."""
    return f"Saved: {path}"


def joined(columns: int, name: str, layer: str) -> str:
    """Return what a join brought."""
    return f"{columns:,} columns of {name} stand beside those of {layer} now."


def described(join: TableJoin) -> str:
    """Return a join in one line."""
    how = f"{join.left_key} = {join.right_key}"
    if join.near_m is not None:
        how = f"within {join.near_m:g} m" if join.near_m else "inside"
    reduce = f", {REDUCTIONS[join.reduce]}" if join.reduce else ""
    return f"{table_name(join.path)}{f', {join.table}' if join.table else ''}: {how}{reduce}"


def removed(name: str) -> str:
    """Return that a join is gone."""
    return f"{name} is joined no more."


def of_table(column: str, name: str) -> str:
    """Return a column with the table it came from."""
    return f"{column}    ({name})"


def heading(name: str) -> str:
    """Return the heading over joined columns."""
    return f"— {name} —"
