"""Entry point of the child process."""

import logging
import sys

from napari_dentlm.worker.channel import Channel
from napari_dentlm.worker.service import Service


def main() -> None:
    """Serve commands from standard input until it closes."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    Service(Channel.on_standard_streams()).run()


if __name__ == "__main__":
    main()
