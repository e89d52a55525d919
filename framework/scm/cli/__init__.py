"""The command `scm`."""
