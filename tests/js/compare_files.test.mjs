import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { ask, decoded, fileOf, gather } from "../../widgets/audiokit_widgets/static/compare/files.js";

const DATA = ["one", "two", "three"].map((text) => new Uint8Array(Buffer.from(text)));
const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");
const source = (bytes) => `data:audio/flac;base64,${Buffer.from(bytes).toString("base64")}`;

/** A model whose kernel answers as told. */
function model(state, answer = () => {}) {
	const heard = new Set();
	return {
		heard,
		sent: [],
		get: (name) => state[name],
		on: (_, f) => heard.add(f),
		off: (_, f) => heard.delete(f),
		tell: (...message) => [...heard].forEach((f) => f(...message)),
		send(content) {
			this.sent.push(content);
			answer(this, content);
		},
	};
}
/** A place in a page whose static view has these sources. */
const place = (sources) => ({ closest: () => ({ querySelectorAll: () => sources.map((src) => ({ getAttribute: () => src })) }) });

test("an answer is for the one who asked, and nobody listens afterwards", async () => {
	const one = model({}, (self, content) => {
		self.tell({ ask: "another" }, []);
		self.tell({ ask: content.ask, trial: 3 }, ["bytes"]);
	});
	const { message, buffers } = await ask(one, { kind: "trial" });
	assert.equal(message.trial, 3);
	assert.deepEqual(buffers, ["bytes"]);
	assert.equal(one.heard.size, 0);
});

test("a refusal is an error with its reason", async () => {
	const one = model({}, (self, { ask: id }) => self.tell({ ask: id, refused: "There is no sound 9." }));
	await assert.rejects(ask(one, {}), /There is no sound 9/);
	assert.equal(one.heard.size, 0);
});

test("where nobody answers it is said", async (t) => {
	t.mock.timers.enable({ apis: ["setTimeout"] });
	const silent = model({});
	const waiting = assert.rejects(ask(silent, {}), /No kernel answers/);
	t.mock.timers.tick(10_001);
	await waiting;
	assert.equal(silent.heard.size, 0);
	await assert.rejects(ask({ on() {}, off() {} }, {}), /No kernel answers/); // a host that sends nothing
});

test("files of the static view are found by their digest, whatever their order, also once the view is gone", async () => {
	const one = model({ digests: DATA.map(hash) });
	gather(one, place([source(DATA[2]), source(DATA[0]), source(DATA[1])]));
	gather(one, place([]));
	for (const [index, bytes] of DATA.entries()) assert.deepEqual(await fileOf(one, index), bytes);
	assert.equal(one.sent.length, 0);
});

test("what is not there is asked for", async () => {
	const one = model({ digests: DATA.map(hash) }, (self, { ask: id, kind, index }) => self.tell({ ask: id }, kind === "bytes" ? [DATA[index]] : []));
	gather(one, place([source(DATA[0])]));
	assert.deepEqual(await fileOf(one, 1), DATA[1]);
	assert.deepEqual(one.sent.map(({ kind, index }) => [kind, index]), [["bytes", 1]]);
	gather(model({}), { closest: () => null });
});

test("without digests the place tells, and two sounds of one file share it", async () => {
	const real = Object.getOwnPropertyDescriptor(globalThis, "crypto");
	Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
	try {
		const one = model({ digests: [0, 0, 1].map((i) => hash(DATA[i])) });
		gather(one, place([source(DATA[0]), source(DATA[1])]));
		assert.deepEqual(await fileOf(one, 1), DATA[0]);
		assert.deepEqual(await fileOf(one, 2), DATA[1]);
		// another view holds one of the two: no place can be trusted, so each is asked for
		const some = model({ digests: [0, 1].map((i) => hash(DATA[i])) }, (self, { ask: id, index }) => self.tell({ ask: id }, [DATA[index]]));
		gather(some, place([source(DATA[1])]));
		assert.deepEqual(await fileOf(some, 0), DATA[0]);
		assert.equal(some.sent.length, 1);
	} finally {
		Object.defineProperty(globalThis, "crypto", real);
	}
});

test("a browser that resamples or loses samples is not used", async () => {
	let length = 100;
	globalThis.OfflineAudioContext = class {
		decodeAudioData = async () => ({ length, sampleRate: 8000 });
	};
	const one = model({ sample_rate: 8000, frames: 100 });
	assert.equal((await decoded(one, DATA[0])).length, 100);
	length = 101;
	await assert.rejects(decoded(one, DATA[0]), /makes 101 samples at 8000 Hz of 100 at 8000 Hz/);
});
