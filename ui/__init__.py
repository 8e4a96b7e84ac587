"""Windows, the command line, the audience's page: the place that joins everything at start."""
