"""The door for data layers and analyses. No Qt, no VTK."""
