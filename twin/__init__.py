"""The city as values, and the one Session that changes. No Qt, no VTK, no files, no network."""
