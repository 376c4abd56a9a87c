"""Time that is not waited for."""

import asyncio
import selectors
import threading

MAX_JUMPS = 10_000  # a timer that starts itself again would go on for ever


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that jumps instead of waiting, and calls `on_quiet` when nothing is left to happen."""

    def __init__(self, on_quiet):
        super().__init__(_Jumping(self))
        self.now, self.jumps, self.on_quiet = 0.0, 0, on_quiet

    def time(self):
        return self.now

    def run_in_executor(self, executor, function, *arguments):
        """At once and here, so that the order is always the same."""
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
        # Threads that a launch file started get a moment to come back.
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
