"""The host's end of the link, free-running: what a plan does takes no time, and the device's time passes when the plan waits.

proto/link.proto is the specification. With the latency L of the link, a promise P of the device lets the host run before P + L, and what the host
sends at t is answered from t + 2L on.
"""

import queue
from collections import deque

import grpc

from .wire import link_pb2 as wire, link_pb2_grpc

NEVER = (1 << 63) - 1
VERSION_MAJOR, VERSION_MINOR = 1, 0
ATTACH_TIMEOUT_S, ANSWER_TIMEOUT_S = 10, 60


class LinkDown(Exception):
    """The device left, or refused to be attached."""


class Link:
    """One attachment. `receive(tlp)` is called for each TLP of the device, when it has arrived."""

    def __init__(self, channel, name, latency, receive):
        self.now, self.latency, self.receive = 0, latency, receive
        self.horizon = 0
        self.outgoing, self.arrivals = [], deque()
        self.sequence = self.taken = 0
        self.messages = queue.SimpleQueue()
        self.messages.put(wire.HostMessage(hello=wire.HostHello(
            version=wire.ProtocolVersion(major=VERSION_MAJOR, minor=VERSION_MINOR), host_name=name, clock_mode=wire.CLOCK_MODE_FREE_RUNNING,
            latency_ns=latency)))
        try:
            grpc.channel_ready_future(channel).result(timeout=ATTACH_TIMEOUT_S)
        except grpc.FutureTimeoutError:
            raise LinkDown(f"nobody answered within {ATTACH_TIMEOUT_S} s; is the device running, and at that address?") from None
        self.call = link_pb2_grpc.PcieLinkStub(channel).Attach(iter(self.messages.get, None))
        self.device = self._next().hello

    def send(self, **tlp):
        """Sends a TLP now; it is on its way when time passes, or at the end."""
        self.outgoing.append(wire.Tlp(sent_at_ns=self.now, **tlp))
        self.horizon = min(self.horizon, self.now + 2 * self.latency)

    def run(self, until, finished=lambda: False):
        """Lets time pass until then, or until something is so; whether it is."""
        while not finished():
            if self.arrivals and self.arrivals[0][0] <= until:
                self.now, tlp = self.arrivals.popleft()
                self.receive(tlp)
            elif self.horizon > until:
                self.now = max(self.now, until)
                return False
            else:
                self._ask(until)
        return True

    def close(self):
        """Lets go of the device. What was written before, it gets."""
        if self.call.is_active():
            try:
                self._flush(promise_ns=self.now, promise_requested=True, end_of_run_ns=self.now + self.latency + 1)
                self._next()
                self.messages.put(wire.HostMessage(detach=wire.Detach()))
                self._next()
            except LinkDown:
                pass
        self.messages.put(None)

    def _ask(self, until):
        before = self.horizon
        self._flush(promise_ns=max(self.now, until - self.latency), promise_requested=True)
        frame = self._next().frame
        if frame.epoch != self.device.epoch or frame.sequence != self.taken + 1:
            raise LinkDown(f"the device sent frame {frame.sequence} of session {frame.epoch}; expected {self.taken + 1} of {self.device.epoch}")
        self.taken = frame.sequence
        self.horizon = min(NEVER, frame.promise_ns + self.latency)
        for tlp in frame.tlps:
            if tlp.sent_at_ns + self.latency < self.now:
                raise LinkDown(f"the device sent something at {tlp.sent_at_ns} ns, when it was {self.now} ns here: it is late")
            self.arrivals.append((tlp.sent_at_ns + self.latency, tlp))
        if self.horizon <= before and not frame.tlps:
            raise LinkDown(f"the device promised silence only until {frame.promise_ns} ns, when it was {self.now} ns: time would stand still")

    def _flush(self, **frame):
        self.sequence += 1
        self.messages.put(wire.HostMessage(frame=wire.Frame(
            epoch=self.device.epoch, sequence=self.sequence, acknowledge=self.taken, tlps=self.outgoing, **frame)))
        self.outgoing = []

    def _next(self):
        try:
            return next(self.call)
        except StopIteration:
            raise LinkDown("the device ended the session") from None
        except grpc.RpcError as error:
            raise LinkDown(f"the device ended the session: {error.details()}") from None
