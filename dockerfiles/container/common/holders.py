"""Whose task a token is. Flower 1.22.0 gives a token to whoever asks for a task and waits for that task for ever, also
when the SuperExec's container was killed with it. Here a SuperExec says with each question for work which tokens it
still holds, and the one who is asked takes back all others: they were of processes that are gone. A SuperNode has one
SuperExec, and so has the SuperLink. Who says nothing (the health check, Flower without this file) changes nothing."""
HEADER = "secure-flower-holds"
# Of a token's 256 characters: gRPC takes 8 KB of headers, and these are enough to tell tokens apart.
CHARACTERS = 16


def holding(stub: type, method: str, tokens) -> type:
    """A subclass of a gRPC stub that says with each call of `method` which of `tokens()` it holds."""

    class HoldingStub(stub):
        def __init__(self, channel) -> None:
            super().__init__(channel)
            call = getattr(self, method)
            setattr(self, method, lambda request, **options: call(request, metadata=((HEADER, said(tokens())),), **options))

    HoldingStub.__name__ = stub.__name__
    return HoldingStub


def said(tokens) -> str:
    """The header's value."""
    return ",".join(sorted(token[:CHARACTERS] for token in tokens))


def abandoned(context, tokens: dict[int, str]) -> list[int]:
    """The runs of `tokens` (by run) that this caller does not hold; none when it says nothing of it."""
    for key, value in context.invocation_metadata():
        if key == HEADER:
            held = value.split(",")
            return [run_id for run_id, token in tokens.items() if token[:CHARACTERS] not in held]
    return []


def take_back(servicer: type, method: str, tokens, release) -> None:
    """Before a servicer's `method` answers, release(servicer, run) each run of tokens(servicer) that is abandoned: once a
    call, since what a caller holds is as it was when it called."""
    answer = getattr(servicer, method)

    def taking_back(self, request, context):
        for run_id in abandoned(context, tokens(self)):
            release(self, run_id)
        return answer(self, request, context)

    setattr(servicer, method, taking_back)
