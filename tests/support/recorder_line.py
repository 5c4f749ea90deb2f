"""A page that sends a take in pieces, as the recorder's script does."""

import json

import numpy as np

RATE = 8000


def noise(frames, channels=1, seed=0):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (channels, frames)).astype(np.float32)


class Page:
    """What a page that records sends, piece by piece; it hears the answers."""

    def __init__(self, recorder, samples, sizes=(2000,), *, rate=RATE, key="one", page="page", given=None):
        self.recorder = recorder
        self.heard = []
        self.states = []
        recorder._send = lambda message, buffers=None: self._hear(message)
        self.head = {"take": key, "page": page, "rate": rate, "channels": len(samples), "given": given or {}}
        self.order = 0
        self.pieces = []
        at = 0
        while at < samples.shape[1]:
            part = samples[:, at : at + sizes[len(self.pieces) % len(sizes)]]
            stamp = 100 + at / rate
            self.pieces.append({"start": at, "frames": part.shape[1], "stamp": stamp, "run": 0, "data": part.tobytes()})
            at += part.shape[1]
        self.frames = at

    def _hear(self, message):
        if message["method"] == "custom":
            self.heard.append(message["content"])
        else:
            json.dumps(message["state"], allow_nan=False)
            self.states += [message["state"]["state"]] if "state" in message["state"] else []

    def say(self, kind, buffers=(), **content):
        self.order += 1
        message = {**self.head, "kind": kind, "order": self.order, **content}
        self.recorder._handle_custom_msg(message, [memoryview(b) for b in buffers])
        return self.heard[-1] if self.heard else None

    def piece(self, number, data=None, **changed):
        known = {**self.pieces[number], **changed}
        whole = known.pop("data")
        return self.say("piece", [whole if data is None else data], number=number, **known)

    def end(self, reason="", given_up=()):
        return self.say("end", pieces=len(self.pieces), frames=self.frames, reason=reason, given_up=list(given_up))

    def all(self, **ending):
        for number in range(len(self.pieces)):
            self.piece(number)
        return self.end(**ending)
