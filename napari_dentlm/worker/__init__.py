"""The resident child process that labels and trains for the GUI; JSON lines over its pipes.

``python -m napari_dentlm.worker`` starts it. It returns predictions and never writes a journal: the GUI holds the
folder's lock. torch is loaded here and not beside Qt, so the window stays responsive and a crash of a decoder or of
the network costs one film, not the session.

Commands, one JSON object a line::

    {"id": 1, "do": "label", "paths": [...], "model": "ceph19", "device": "auto", "quality": "standard"}
    {"id": 2, "do": "label", "paths": ["group.jpg"], "frame": 0, "box": [x, y, width, height]}
    {"id": 3, "do": "train", "labels": "a.csv", "recipe": "ceph19", "out": "folder", ...}
    {"do": "cancel", "id": 1}
    {"do": "quit"}

Events, one JSON object a line: ``started`` (with the ``origin`` of the model; of a training also the number of
networks, ``stages``), ``progress``, ``result``, ``failed``, ``finished`` and ``error``, each with the command's id.
"""
