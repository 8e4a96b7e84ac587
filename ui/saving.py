"""Saving pictures: the scene in full detail at any size, furnished, written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSaveFile
from PySide6.QtGui import QImage

from layers.furniture import LINES_OF_UNIT, Furniture, attribution_of, furnished
from layers.scene import Scene
from twin.errors import PictureError
from twin.session import Camera, Session
from ui.picture_dialog import PictureWish


def picture_slices(scene: Scene, session: Session, camera: Camera, wish: PictureWish) -> Iterator[None]:
    """Draw and write a picture, slice by slice; when the slices end, the file is there.

    The scene has another size afterwards: whoever shows it gives it back its own.

    raises   PictureError  it cannot be drawn or written; no file is left behind
    """
    scene.resize(*wish.size_px, scale=wish.size_px[1] / LINES_OF_UNIT)
    picture = scene.draw(camera, is_moving=False)
    for better in scene.refine(camera):
        if better is not None:
            picture = better
        yield
    layers = [session.layers[s.layer_id] for s in session.composition.layers if s.is_visible]
    furniture = Furniture(
        legends=tuple(scene.legends()),
        attribution=attribution_of(layers),
        camera=camera,
        frame=session.frame,
        theme=session.composition.theme,
        has_legend=wish.has_legend,
        has_north=wish.has_furniture,
        has_place=wish.has_furniture,
    )
    picture = scene.with_live(picture, camera) if scene.is_live_apart else picture
    write_picture(furnished(scene.labelled(picture, camera), furniture), wish.path)


def write_picture(picture: npt.NDArray[np.uint8], path: Path) -> None:
    """Write a picture (h, w, 3) as PNG or JPEG, by the file's ending.

    raises   PictureError  the ending is another, or the file cannot be written; what was there stays
    """
    kind = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}.get(path.suffix.lower())
    if kind is None:
        raise PictureError(
            f'Pictures cannot be saved as "{path.suffix}".', hint=f"Name it .png or .jpg: {path}", path=str(path)
        )
    height, width = picture.shape[:2]
    kept = np.ascontiguousarray(picture)
    image = QImage(kept.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, kind, 92 if kind == "JPEG" else -1)  # type: ignore[call-overload]  # PySide6 takes the text
    buffer.close()
    file = QSaveFile(str(path))
    is_written = file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(content) == content.size() and file.commit()
    if not is_written:
        raise PictureError(
            f"The picture could not be written ({file.errorString()}).",
            hint=f"Choose another folder, or free some space: {path}",
            path=str(path),
        )
