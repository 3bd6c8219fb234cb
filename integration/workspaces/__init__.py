"""Workspaces ordered in the catalog or by a program: a bucket each, made, used, extended, archived, proven gone."""
