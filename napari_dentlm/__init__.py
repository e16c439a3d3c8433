"""Landmarks on lateral cephalograms: label, correct, confirm, export, retrain."""

__version__ = "0.1.0"
