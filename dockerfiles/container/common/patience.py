"""Waiting for work where it appears, instead of asking again and again.

Flower 1.22.0's programs ask each other for work and sleep 0.5 to 3 s in between (server/grid/grpc_grid.py,
supernode/start_client_internal.py, supercore/superexec/run_superexec.py): most of a short run is that. Here a caller
says in a header how long it can wait, and the one who is asked answers as soon as there is something. That is quick
while a run is on, and costs less than Flower's own pace while none is. Callers without the header are answered at
once as ever: the health check, and Flower without this file; where the asked one does not know the header, the caller
keeps Flower's own pace."""
import threading
import time

HEADER = "secure-flower-wait"
# Longer saves nothing that could be measured; a call that is held this long survives every proxy's idle limit.
HOLD_SECONDS = 10
# While the answer stays the same (a run that is starting), asked again after 0.1 s, then ever later.
FIRST_NAP, NAP_GROWTH = 0.1, 1.5


class News:
    """Something has changed: told by whoever changed it, waited for by whoever cannot go on without."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.count = 0

    def tell(self) -> None:
        """Wake all who wait."""
        with self._changed:
            self.count += 1
            self._changed.notify_all()

    def stir(self) -> None:
        """Have all who wait look whether they still have a reason to."""
        with self._changed:
            self._changed.notify_all()

    def wait(self, seen: int, seconds: float, goes_on=lambda: True) -> None:
        """Wait until there is more than the `seen` first news, for at most `seconds` and while `goes_on()`."""
        with self._changed:
            self._changed.wait_for(lambda: self.count > seen or not goes_on(), seconds)


def tells(news: News, owner: type, *methods: str) -> None:
    """Make each call of these methods news, once it has returned."""
    for name in methods:
        setattr(owner, name, _telling(news, getattr(owner, name)))


def _telling(news: News, method):
    def call(*args, **kwargs):
        try:
            return method(*args, **kwargs)
        finally:
            news.tell()

    return call


def whole(lock: threading.RLock, owner: type, *methods: str) -> None:
    """Let only one of all the methods with this lock be at work at a time. Flower 1.22.0 stores a message and registers
    its objects after that; who takes it in between finds no objects, and deletes the message or dies. At Flower's own
    pace that is rare, for patient callers it would be the rule."""
    for name in methods:
        setattr(owner, name, _locked(lock, getattr(owner, name)))


def _locked(lock: threading.RLock, method):
    def call(*args, **kwargs):
        with lock:
            return method(*args, **kwargs)

    return call


def hold(news: News, servicer: type, method: str, is_empty, look_seconds: float = HOLD_SECONDS) -> None:
    """Make a servicer's method wait as long as its caller said that it can, while is_empty(request, response). Without
    news it looks again every `look_seconds`, for answers that come by the clock alone."""
    answer = getattr(servicer, method)

    def held(self, request, context):
        deadline = time.monotonic() + _allowance(context)
        # A caller that goes away, or a server that stops, ends the wait: a program would not end before its threads.
        context.add_callback(news.stir)
        while True:
            seen = news.count
            response = answer(self, request, context)
            left = deadline - time.monotonic()
            if not is_empty(request, response) or left <= 0 or not context.is_active():
                return response
            news.wait(seen, min(left, look_seconds), context.is_active)

    setattr(servicer, method, held)


def _allowance(context) -> float:
    for key, value in context.invocation_metadata():
        if key == HEADER:
            try:
                return min(float(value), HOLD_SECONDS)
            except ValueError:
                return 0
    return 0


class Asking:
    """One side's way of asking one question, and how long it then sleeps before it asks again. `allowance` gives the
    seconds that it can wait for an answer now."""

    def __init__(self, is_empty, clock=time.monotonic, sleep=time.sleep, allowance=lambda: HOLD_SECONDS) -> None:
        self._is_empty, self._clock, self._sleep, self._allowance = is_empty, clock, sleep, allowance
        self._held = self._empty = False
        self._last, self._nap = None, FIRST_NAP

    def stub(self, base: type, method: str) -> type:
        """A subclass of a gRPC stub that asks patiently."""
        asking = self

        class PatientStub(base):
            def __init__(self, channel) -> None:
                super().__init__(channel)
                setattr(self, method, asking._patient(getattr(self, method)))

        PatientStub.__name__ = base.__name__
        return PatientStub

    def _patient(self, call):
        def ask(request, metadata=(), **options):
            started, seconds = self._clock(), min(self._allowance(), HOLD_SECONDS)
            response = call(request, metadata=(*metadata, *(((HEADER, str(seconds)),) if seconds > 0 else ())) or None, **options)
            waited = self._clock() - started
            self._empty, self._held = self._is_empty(response), waited >= max(seconds / 2, FIRST_NAP)
            # What was waited for is new, whatever it looks like: each task of a run is announced by the run's id.
            same, self._last = response == self._last and waited < FIRST_NAP, response
            self._nap = self._nap * NAP_GROWTH if same and not self._empty else FIRST_NAP
            return response

        return ask

    def nap(self, seconds: float) -> None:
        """Sleep in place of Flower, which would sleep `seconds` now."""
        if self._empty and not self._held:
            self._sleep(seconds)
        elif not self._empty:
            self._sleep(min(self._nap, seconds))


def unwatched(create_channel):
    """Flower's create_channel, for a channel whose state nobody watches: gRPC looks at it five times a second for those
    who do, which is a third of an idle program's work, and Flower watches only to log at DEBUG (common/grpc.py)."""

    def create(*args, **kwargs):
        channel = create_channel(*args, **kwargs)
        channel.subscribe = lambda *_, **__: None
        return channel

    return create


class Time:
    """A module's `time`, with a sleep of its own; all else is time's."""

    def __init__(self, sleep) -> None:
        self.sleep = sleep

    def __getattr__(self, name: str):
        return getattr(time, name)
