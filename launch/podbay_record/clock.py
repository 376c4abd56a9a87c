"""Virtual time."""

import asyncio
import selectors
import threading

MAX_JUMPS = 10_000  # a timer that restarts itself would never end


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that skips waiting times, and calls `on_quiet` when no events are left."""

    def __init__(self, on_quiet):
        super().__init__(_Jumping(self))
        self.now, self.jumps, self.on_quiet = 0.0, 0, on_quiet

    def time(self):
        return self.now

    def run_in_executor(self, executor, function, *arguments):
        """Runs it at once and in this thread, so that the order is reproducible."""
        future = self.create_future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


class _Jumping(selectors.DefaultSelector):
    def __init__(self, loop):
        super().__init__()
        self.loop = loop

    def select(self, timeout=None):
        # Give threads of a launch file a moment to finish.
        patience = 2.0 if timeout != 0 and threading.active_count() > 1 else 0
        events = super().select(patience)
        if events or timeout == 0:
            return events
        loop = self.loop
        if timeout is None or loop.jumps > MAX_JUMPS:
            loop.call_soon(loop.on_quiet)
        else:
            loop.jumps += 1
            loop.now = max(loop.now, loop._scheduled[0]._when)
        return []
