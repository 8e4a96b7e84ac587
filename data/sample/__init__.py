"""The sample city Lindhaven: generated, seeded, the same on every machine, kept in the cache once it was made."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from data.sample.files import ATTRIBUTION, CRS, NAME, SEED, VERSION, SampleFiles, files_in
from data.settings import cache_folder
from twin.errors import SourceError

UNFINISHED = ".sample-unfinished-"
LEFT_OVER_S = 3600.0
"""No one needs so long to generate the city: an unfinished folder as old as this belongs to nobody."""

__all__ = [
    "ATTRIBUTION",
    "CRS",
    "NAME",
    "SEED",
    "VERSION",
    "SampleFiles",
    "files_in",
    "kept_folder",
    "sample_folder",
    "write_sample",
]


def write_sample(folder: Path) -> SampleFiles:
    """Generate the sample city and write its files into a folder.

    The folder is made if it is not there; files of the same names are replaced, others stay.

    raises   SourceError  the folder cannot be written; what was there is as it was
    """
    # Beside the files it replaces, so that each is put in its place in one step; in a folder that may be written.
    beside = _new_folder(folder if folder.is_dir() else folder.parent, folder)
    try:
        _generate(beside)
        folder.mkdir(parents=True, exist_ok=True)
        for made in sorted(beside.iterdir(), key=lambda path: path.name == files_in(beside).readme.name):
            made.replace(folder / made.name)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return files_in(folder)


def kept_folder() -> Path:
    """Return where the sample city is kept, made or not."""
    return cache_folder() / f"sample-{VERSION}"


def sample_folder() -> Path:
    """Return the folder of the kept sample city; it is generated when it is not there yet.

    Two processes may ask at once: each writes into a folder of its own, and the first one to finish gives its folder
    the name. A folder of that name is always whole.

    raises   SourceError  the cache folder cannot be written
    """
    kept = kept_folder()
    if files_in(kept).readme.is_file():
        return kept
    beside = _new_folder(kept.parent, kept)
    try:
        _remove_left_over(kept.parent)
        _generate(beside)
        try:
            beside.rename(kept)
        except OSError:
            if not files_in(kept).readme.is_file():
                raise
    except OSError as error:
        raise _unwritable(kept, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return kept


def _generate(folder: Path) -> None:
    # Rasters and geometry are imported only when there is something to generate: a kept city opens at once.
    from data.sample.writing import write_city  # noqa: PLC0415

    write_city(folder)


def _new_folder(where: Path, wanted: Path) -> Path:
    try:
        where.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=where))
        with suppress(OSError):
            made.chmod(0o777 & ~_umask())
    except OSError as error:
        raise _unwritable(wanted, error) from error
    return made


def _remove_left_over(cache: Path) -> None:
    """Remove what a process that was killed while it generated has left behind."""
    for folder in cache.glob(f"{UNFINISHED}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > LEFT_OVER_S:
                shutil.rmtree(folder, ignore_errors=True)


def _umask() -> int:
    """Return the mask of new files; there is no other way to ask than to set it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(folder: Path, error: OSError) -> SourceError:
    return SourceError(
        f"The sample city could not be written ({error.strerror or error}).",
        hint=f"Choose a folder that can be written (for the cache: CITYTWIN_CACHE_DIR): {folder}",
        path=str(folder),
    )
