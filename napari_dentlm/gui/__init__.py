"""The napari plugin: it shows and edits what core holds, and talks to the worker for labelling and training."""
