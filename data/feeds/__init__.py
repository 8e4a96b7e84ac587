"""Live data: one file a protocol; each source runs until it is told to stop, and puts what came into an inbox."""
