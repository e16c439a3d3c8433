"""Faces in moving pictures: frames from a camera, a video or a folder, and the points of their faces, one by one.

`sources` gives frames, `tracking` labels them, `watching` puts both together and measures the rate. The pictures are
never stored.
"""
