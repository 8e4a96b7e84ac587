"""Pictures on actors: textures of bytes that are written anew as what they show changes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingCore import vtkTexture


def byte_texture(*, is_smooth: bool, has_smaller: bool) -> vtkTexture:
    """Return a texture whose bytes are colours as they are, and which ends at its edges.

    is_smooth     whether it goes evenly from one texel to the next
    has_smaller   whether it is kept in smaller sizes too, for what is far; they are made at each load
    """
    texture = vtkTexture()
    texture.SetInterpolate(is_smooth)
    texture.SetMipmap(has_smaller)
    texture.RepeatOff()
    texture.EdgeClampOn()
    texture.SetColorModeToDirectScalars()
    return texture


def load_bytes(texture: vtkTexture, pixels: npt.NDArray[np.uint8]) -> None:
    """Show pixels (lines from below, columns, channels)."""
    lines, columns, channels = pixels.shape
    image = vtkImageData()
    image.SetDimensions(columns, lines, 1)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(pixels).reshape(-1, channels)))
    texture.SetInputData(image)
