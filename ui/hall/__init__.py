"""The meeting as the operator runs it: the clean public window, the console, and the check of the hall."""
