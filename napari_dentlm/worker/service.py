"""Takes commands, runs one job at a time, and can stop it."""

import logging
import os
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

from napari_dentlm.core.errors import DentLMError, sentence_of
from napari_dentlm.worker.channel import Channel
from napari_dentlm.worker.labelling import Labeller
from napari_dentlm.worker.retraining import retrain

logger = logging.getLogger(__name__)

Job = Callable[[dict[str, Any], Callable[..., None], Callable[[], bool]], dict[str, Any]]


class Service:
    """Runs the jobs of one channel in order, in a thread beside the one that reads commands.

    Parameters
    ----------
    channel
        Where commands come from and events go to.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._jobs: dict[str, Job] = {"label": Labeller(), "train": retrain}
        self._queue: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._stops: dict[int, Event] = {}

    def run(self) -> None:
        """Serve until the other side says quit or goes away."""
        runner = Thread(target=self._work, name="jobs", daemon=True)
        runner.start()
        for command in self._channel.commands():
            if command.get("do") == "quit":
                break
            self._take(command)
        for stop in list(self._stops.values()):
            stop.set()
        self._queue.put(None)
        runner.join(timeout=5)
        # A network in the middle of a step does not hold the process up: nothing here writes files that matter.
        os._exit(0)

    def _take(self, command: dict[str, Any]) -> None:
        """Queue a job or stop one."""
        number = int(command.get("id", 0))
        if command.get("do") == "cancel":
            # One look-up: the job may end in its thread at any moment.
            stop = self._stops.get(number)
            if stop is not None:
                stop.set()
        elif command.get("do") in self._jobs:
            self._stops[number] = Event()
            self._queue.put(command)
        else:
            self._channel.send(id=number, event="error", message=f"Unknown command {command.get('do')!r}.")

    def _work(self) -> None:
        while (command := self._queue.get()) is not None:
            self._run_job(command)

    def _run_job(self, command: dict[str, Any]) -> None:
        number = int(command["id"])
        emit = partial(self._channel.send, id=number)
        try:
            summary = self._jobs[command["do"]](command, emit, self._stops[number].is_set)
            emit(event="finished", summary=summary)
        except (DentLMError, OSError) as error:
            emit(event="error", message=sentence_of(error))
        except Exception as error:
            logger.exception("job %s failed", number)
            emit(event="error", message=f"Something unexpected went wrong: {type(error).__name__}: {error}")
        finally:
            del self._stops[number]
