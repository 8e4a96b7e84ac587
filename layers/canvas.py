"""The off-screen window a scene is drawn in, and how its pixels come back as arrays."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  registers the OpenGL classes
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkFloatArray, vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

from layers.renderer_info import SOFTWARE_NAMES
from twin.errors import PictureError
from twin.session import Camera

LARGEST_SIDE_PX = 8192


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle of a picture larger than what is drawn at a time; it has the canvas's size."""

    whole_px: tuple[int, int]
    """Width and height of the picture."""
    left_px: int
    top_px: int


class Canvas:
    """One off-screen render window with one renderer."""

    def __init__(self, width_px: int = 1280, height_px: int = 720) -> None:
        """Make the window; without a display EGL is asked for, so that no X server is tried."""
        if os.name == "posix" and not os.environ.get("DISPLAY"):
            os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
        self.window = vtkRenderWindow()
        self.window.SetOffScreenRendering(1)
        self.window.SetMultiSamples(0)  # costs 2 to 4 times the frame on software OpenGL; rest is smoothed otherwise
        self.renderer = vtkRenderer()
        self.renderer.SetUseOIT(False)  # the one translucent sheet needs no sorting, which would cost ten frames
        self.renderer.GetCullers().RemoveAllItems()  # it would bound every triangle; tiles out of view are not shown
        self.window.AddRenderer(self.renderer)
        self.part: Part | None = None
        """Which part of a larger picture is drawn; None draws a whole one."""
        self.before_drawing: Callable[[], None] = _nothing
        """Called before each frame."""
        self._rgba = vtkUnsignedCharArray()
        self._depth = vtkFloatArray()
        self.resize(width_px, height_px)

    @property
    def picture_px(self) -> tuple[int, int]:
        """Return width and height of the whole picture that is drawn, or of which a part is."""
        return self.size_px if self.part is None else self.part.whole_px

    @property
    def size_px(self) -> tuple[int, int]:
        """Return width and height."""
        width, height = self.window.GetSize()
        return width, height

    def resize(self, width_px: int, height_px: int) -> None:
        """Take another size.

        raises   PictureError  it is larger than graphics hardware draws; nothing is changed
        """
        if not 1 <= min(width_px, height_px) <= max(width_px, height_px) <= LARGEST_SIDE_PX:
            raise PictureError(
                f"A picture of {width_px} x {height_px} pixels cannot be drawn.",
                hint=f"Choose sides between 1 and {LARGEST_SIDE_PX} pixels.",
            )
        self.window.SetSize(width_px, height_px)

    def look_from(self, camera: Camera, near_m: float, far_m: float, *, shift_px: tuple[float, float] = (0, 0)) -> None:
        """Point VTK's camera; shift_px moves the picture by parts of a pixel, for smoothing.

        near_m, far_m   from the eye; near_m may be less than 0 for a parallel view
        """
        vtk_camera = self.renderer.GetActiveCamera()
        back_m = max(1.0 - near_m, 0.0) if camera.is_parallel else 0.0
        near_m, far_m = near_m + back_m, far_m + back_m
        vtk_camera.SetPosition(*(np.array(camera.eye_local) - np.array(camera.direction) * back_m).tolist())
        vtk_camera.SetFocalPoint(*camera.target_local)
        vtk_camera.SetViewUp(*camera.up)
        vtk_camera.SetViewAngle(float(np.degrees(camera.view_angle_rad)))
        vtk_camera.SetParallelProjection(camera.is_parallel)
        vtk_camera.SetParallelScale(camera.distance_m * float(np.tan(camera.view_angle_rad / 2)))
        width, height = self.size_px
        aside = (0.0, 0.0)
        if self.part is not None:
            whole_width, whole_height = self.part.whole_px
            narrowed = np.arctan(np.tan(camera.view_angle_rad / 2) * height / whole_height)
            vtk_camera.SetViewAngle(float(np.degrees(2 * narrowed)))
            vtk_camera.SetParallelScale(vtk_camera.GetParallelScale() * height / whole_height)
            aside = (
                (2 * self.part.left_px + width - whole_width) / width,
                (whole_height - 2 * self.part.top_px - height) / height,
            )
        vtk_camera.SetWindowCenter(aside[0] + 2 * shift_px[0] / width, aside[1] + 2 * shift_px[1] / height)
        vtk_camera.SetClippingRange(near_m, far_m)

    def draw(self, *, keep: bool = False) -> None:
        """Draw what is visible; keep adds to what stands in the buffers already."""
        self.before_drawing()
        self.renderer.SetPreserveColorBuffer(keep)
        self.renderer.SetPreserveDepthBuffer(keep)
        self.window.Render()
        self.window.WaitForCompletion()

    def pixels(self) -> npt.NDArray[np.uint8]:
        """Return the picture, (height, width, 3) uint8, top row first."""
        width, height = self.size_px
        self.window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, self._rgba)  # type: ignore[call-overload]  # VTK's stubs miss the array
        rgba = vtk_to_numpy(self._rgba).reshape(height, width, 4)
        return np.ascontiguousarray(rgba[::-1, :, :3])

    def depth(self) -> npt.NDArray[np.float32]:
        """Return the depth buffer, (height, width) 0 near to 1 far, top row first."""
        width, height = self.size_px
        self.window.GetZbufferData(0, 0, width - 1, height - 1, self._depth)
        depth: npt.NDArray[np.float32] = vtk_to_numpy(self._depth).reshape(height, width)[::-1]
        return depth

    @property
    def is_software(self) -> bool:
        """Return whether the processor draws, not a graphics card; known once something was drawn."""
        told = str(self.window.ReportCapabilities()).lower()
        return any(name in told for name in SOFTWARE_NAMES)

    def close(self) -> None:
        """Give the graphics resources back."""
        self.window.Finalize()
