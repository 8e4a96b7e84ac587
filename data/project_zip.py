"""A project as a zip, for handing on: packed with all its data, unpacked beside itself, with nothing outside.

A zip may come from anybody. Its table is checked before a byte is written, what comes out is counted while it comes,
and the folder has its name only once the project in it could be read.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import uuid
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from data.project import AUTOSAVE, CACHE, PROJECT_FILE, SUFFIX, read_project
from data.project_schema import first_line, is_below
from twin.errors import ProjectError

MOST_BYTES = 16 * 2**30
MOST_ENTRIES = 100_000
MOST_RATIO = 200
"""How much smaller than itself a file may be in the zip; text and geometry reach 30. From SMALL_BYTES on."""
SMALL_BYTES = 8 * 2**20
ORIGIN = "unpacked-from.json"
LEDGER = "ledger"
"""The record of meetings is not handed on by a zip: who needs it copies the folder."""
LEFT_OUT = {CACHE, ORIGIN}
"""What is made again, or belongs to this machine."""
_CHUNK = 2**20
_STORED = {".parquet", ".zip", ".gz", ".zst", ".png", ".jpg", ".jpeg", ".webp", ".pbf", ".pmtiles", ".xlsx", ".glb"}


class _Origin(msgspec.Struct):
    """Which zip a folder was unpacked from."""

    size: int
    digest: str


def is_project_source(source: str) -> bool:
    """Return whether a name is that of a project: its folder, its project.json, or a zip of it."""
    path = Path(source)
    return path.suffix.lower() == SUFFIX or path.name == PROJECT_FILE or is_zip(path)


def is_zip(path: Path) -> bool:
    """Return whether a file is a zip with a project in it, by its name and first bytes."""
    name = path.name.lower()
    if not path.is_file() or not name.endswith((SUFFIX, f"{SUFFIX}.zip", ".zip")):
        return False
    if name.endswith((SUFFIX, f"{SUFFIX}.zip")):
        return True
    try:
        with zipfile.ZipFile(path) as archive:
            return any(_is_project_file(name) for name in archive.namelist()[:MOST_ENTRIES])
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def _is_project_file(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return parts[-1:] == (PROJECT_FILE,) and (len(parts) == 1 or (len(parts) == 2 and parts[0].endswith(SUFFIX)))


# packing


def pack(folder: Path, output: Path) -> int:
    """Write a project's folder as a zip, whole or not at all; returns its bytes.

    raises   ProjectError  it cannot be written; a zip that was there is as it was
    """
    beside = output.with_name(f".{output.name}.{uuid.uuid4().hex[:8]}")
    root = folder.name if folder.name.endswith(SUFFIX) else folder.name + SUFFIX
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            for path in _packed_files(folder):
                archive.write(path, f"{root}/{path.relative_to(folder).as_posix()}", _compression(path))
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(output)
        return output.stat().st_size
    except (OSError, ValueError, zipfile.LargeZipFile) as error:
        raise ProjectError(
            f'"{output.name}" could not be written ({getattr(error, "strerror", None) or error}).',
            hint=f"Make the folder writable, free space, or write elsewhere: {output}",
            path=str(output),
        ) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def stays(name: str) -> bool:
    """Return whether something in a project's folder belongs to this machine: it is not handed on."""
    return name in LEFT_OUT or name.startswith((".", LEDGER, AUTOSAVE))


def _packed_files(folder: Path) -> list[Path]:
    files = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        is_ours = not stays(parts[0])
        if is_ours and path.is_file() and not path.is_symlink() and not path.name.startswith(".copying-"):
            files.append(path)
    return sorted(files, key=lambda p: p.name != PROJECT_FILE)


def _compression(path: Path) -> int:
    """Return how a file is packed: one that shrinks like a bomb is stored, so that our own zips are never refused."""
    if path.suffix.lower() in _STORED:
        return zipfile.ZIP_STORED
    if path.stat().st_size >= SMALL_BYTES:
        with path.open("rb") as file:
            sample = file.read(_CHUNK)
        if len(zlib.compress(sample, 6)) * MOST_RATIO < 2 * len(sample):
            return zipfile.ZIP_STORED
    return zipfile.ZIP_DEFLATED


# unpacking


def unpack(path: Path) -> tuple[Path, bool]:
    """Unpack a project beside its zip.

    returns   the folder; whether it was unpacked now (False: this very zip was unpacked there before)
    raises    ProjectError  it is damaged, unsafe, too large or no project; nothing is left behind
    """
    origin = _origin(path)
    base = path.name[: -len(".zip")] if path.name.lower().endswith(".zip") else path.name
    base = base[: -len(SUFFIX)] if base.lower().endswith(SUFFIX) else base
    number, folder = 1, path.with_name(base + SUFFIX)
    while os.path.lexists(folder):
        if folder.is_dir() and _was_unpacked(folder, origin):
            return folder, False
        number += 1
        folder = path.with_name(f"{base}-{number}{SUFFIX}")
    try:
        beside = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=path.parent))
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        whole = beside / folder.name
        whole.mkdir()
        _extract(path, whole)
        read_project(whole)
        (whole / ORIGIN).write_bytes(msgspec.json.encode(origin))
        whole.rename(folder)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder, True


def _origin(path: Path) -> _Origin:
    digest = hashlib.blake2b(digest_size=16)
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        return _Origin(path.stat().st_size, digest.hexdigest())
    except OSError as error:
        raise ProjectError(
            f'"{path.name}" cannot be read ({error.strerror or error}).', hint=f"Check the file: {path}"
        ) from error


def _was_unpacked(folder: Path, origin: _Origin) -> bool:
    try:
        return msgspec.json.decode((folder / ORIGIN).read_bytes(), type=_Origin) == origin
    except (OSError, msgspec.MsgspecError):
        return False


def _unwritable(path: Path, error: OSError) -> ProjectError:
    return ProjectError(
        f'"{path.name}" could not be unpacked beside itself ({error.strerror or error}).',
        hint=f"Copy it to a folder of your own that has room, and open it there: {path}",
        path=str(path),
    )


def _refused(
    path: Path, why: str, hint: str = "Nothing was unpacked. Do not trust where it came from."
) -> ProjectError:
    return ProjectError(f'"{path.name}" is refused: {why}.', hint=hint, path=str(path))


def _extract(path: Path, folder: Path) -> None:
    """Unpack into an empty folder.

    raises   ProjectError  it is damaged, unsafe, too large, or holds no project
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries, root = _checked(archive, path, folder)
            left = min(MOST_BYTES, sum(e.file_size for e in entries))
            for entry in entries:
                target = folder.joinpath(*PurePosixPath(entry.filename[len(root) :]).parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as source, target.open("xb") as file:
                    left -= _copied(source, file, min(left, entry.file_size), path)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise ProjectError(
            f'"{path.name}" is a zip that is cut off or damaged ({first_line(error)}).',
            hint="Copy or download it again; nothing was unpacked.",
            path=str(path),
        ) from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise _refused(path, "it holds two files of one name") from error


def _copied(source: IO[bytes], target: IO[bytes], most: int, path: Path) -> int:
    """Copy what is packed and return how much it was; more than the zip's table says is refused."""
    count = 0
    while chunk := source.read(_CHUNK):
        count += len(chunk)
        if count > most:
            raise _refused(path, "a file in it is larger than it says")
        target.write(chunk)
    return count


def _checked(archive: zipfile.ZipFile, path: Path, folder: Path) -> tuple[list[zipfile.ZipInfo], str]:
    """Return the files in a zip and the folder they are in ("NAME.citytwin/" or ""), once all of them are harmless."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise _refused(path, f"it holds {len(entries):,} files")
    for entry in entries:
        _check(entry, path)
    files = [e for e in entries if not e.is_dir()]
    total, free = sum(e.file_size for e in files), shutil.disk_usage(folder).free
    if total > min(MOST_BYTES, free // 2):
        raise _refused(
            path,
            f"it would unpack to {total / 2**30:,.1f} GB",
            f"At most {min(MOST_BYTES, free // 2) / 2**30:,.1f} GB are unpacked here; nothing was.",
        )
    found = [e.filename for e in files if _is_project_file(e.filename)]
    if len(found) != 1:
        raise _refused(
            path, f'it holds {len(found)} files "{PROJECT_FILE}" instead of one', "It is no zip of a project."
        )
    root = found[0][: -len(PROJECT_FILE)]
    inside = [e for e in files if e.filename.startswith(root) and not e.filename.endswith(f"/{ORIGIN}")]
    names = [e.filename.casefold() for e in inside]
    if len(set(names)) < len(names):
        raise _refused(path, "it holds two files of one name")
    return inside, root


def _check(entry: zipfile.ZipInfo, path: Path) -> None:
    """Refuse an entry that would leave the folder, is no plain file, or swells beyond reason."""
    name = entry.orig_filename
    shown = repr(name[:120])
    if not is_below(name) or "\\" in name or ":" in name or not is_below(entry.filename):
        raise _refused(path, f"the file {shown} in it climbs out of the folder")
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refused(path, f"{shown} in it is a symbolic link or a device")
    if entry.flag_bits & 1:
        raise _refused(path, f"{shown} in it is locked with a password", "Unlock it where it was made.")
    if entry.file_size > SMALL_BYTES and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        raise _refused(
            path, f"{shown} in it would swell to {entry.file_size / max(entry.compress_size, 1):,.0f} times its size"
        )
