"""Our own analyses and layers, through the front door only: found by name, imported by nobody."""
