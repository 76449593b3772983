"""What runs beside the test: an asyncio loop for a worker's servers, and jobs that nobody has to wait for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self, TypeVar

import uvloop

T = TypeVar("T")


class BackgroundLoop:
    """A context manager around the loop. Leaving it cancels what still runs there and joins the thread."""

    def __init__(self, name: str = "gwjwt-loop") -> None:
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run a coroutine on the loop from another thread and return its result.

        Raises:
            TimeoutError: after ``timeout`` seconds; the coroutine is cancelled then.
        """
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout)
        finally:
            future.cancel()  # without effect when it has ended

    def call(self, function: Callable[..., T], *arguments: object, timeout: float | None = None) -> T:
        """Call a plain function on the loop's thread and return its result."""

        async def work() -> T:
            return function(*arguments)

        return self.run(work(), timeout)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        if left:
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())


class Jobs:
    """Runs functions one after another in a thread. A context manager; leaving it waits for all of them.

    What a job raises is raised by ``check``, or when the context is left.
    """

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, name)
        self._failed: list[BaseException] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()
        if kind is None:
            self.check()

    def add(self, job: Callable[[], None]) -> None:
        self._thread.submit(job).add_done_callback(self._note)

    def check(self) -> None:
        """Raise what the first job that failed has raised, each time it is asked."""
        if self._failed:
            raise self._failed[0]

    def _note(self, done: Future[None]) -> None:
        if (error := done.exception()) is not None:
            self._failed.append(error)
