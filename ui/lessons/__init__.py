"""Operators taught step by step."""
