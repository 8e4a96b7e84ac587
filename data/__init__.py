"""Bytes to checked values: files, databases, rasters, live feeds, stores. No Qt, no VTK."""
