"""Maintains stories as articles are added, change and are deleted: keys are written, a relating round updates the stories."""
