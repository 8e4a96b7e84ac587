"""Which OpenGL draws here: asked of a small off-screen window, the same kind the scene draws into."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RendererInfo:
    """What drew a small off-screen picture."""

    window_class: str
    """VTK's class of window: vtkEGLRenderWindow, vtkXOpenGLRenderWindow, vtkOSOpenGLRenderWindow and so on."""
    renderer: str
    """The driver's own name: "llvmpipe (LLVM 15.0.6, 256 bits)", "NVIDIA RTX ..."."""
    opengl: str
    """OpenGL's version, as the driver says it."""
    is_software: bool
    """True where the processor draws, because there is no graphics card or no driver for it."""


SOFTWARE_NAMES = ("llvmpipe", "softpipe", "swrast", "swiftshader", "software rasterizer")


def renderer_info() -> RendererInfo:
    """Draw an empty off-screen picture and return what drew it.

    raises   PictureError  nothing here can draw
    """
    from vtkmodules import vtkRenderingOpenGL2  # noqa: F401, PLC0415  registers OpenGL with VTK, half a second
    from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow  # noqa: PLC0415

    from twin.errors import PictureError  # noqa: PLC0415

    window = vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetSize(16, 16)
    window.AddRenderer(vtkRenderer())
    window.Render()
    told = _capabilities(str(window.ReportCapabilities()))
    renderer = told.get("opengl renderer string", "")
    name = window.GetClassName()
    window.Finalize()
    if not renderer:
        raise PictureError(
            "No OpenGL could be started, so nothing can be drawn here.",
            hint="Install Mesa's software drawing: `citytwin doctor` names the packages.",
        )
    return RendererInfo(
        window_class=name,
        renderer=renderer,
        opengl=told.get("opengl version string", ""),
        is_software=any(word in renderer.lower() for word in SOFTWARE_NAMES),
    )


def _capabilities(report: str) -> dict[str, str]:
    pairs = (line.split(":", 1) for line in report.splitlines() if ":" in line)
    return {name.strip().lower(): value.strip() for name, value in pairs}


def main() -> int:
    """Print the answer as JSON. A process of its own is asked, because a broken driver can end the one that asks."""
    import json  # noqa: PLC0415
    import sys  # noqa: PLC0415
    from dataclasses import asdict  # noqa: PLC0415

    sys.stdout.write(json.dumps(asdict(renderer_info())) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
