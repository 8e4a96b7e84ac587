"""Values to VTK actors. No Qt, no files."""
