import assert from "node:assert/strict";
import { test } from "node:test";

import { asking, Refusal } from "../../widgets/audiokit_widgets/static/sound/asks.js";
import { hashOf, soundIn } from "../../widgets/audiokit_widgets/static/sound/notebook_file.js";
import { wav } from "../../widgets/audiokit_widgets/static/sound/sources.js";
import { bandsOf, firstHop, tileOf, transform } from "../../widgets/audiokit_widgets/static/sound/spectra.js";
import { storing } from "../../widgets/audiokit_widgets/static/sound/store.js";
import { binned, cut, fold, framesOf, TILE_BINS, unpacked } from "../../widgets/audiokit_widgets/static/sound/waves.js";

const rest = (ms) => new Promise((done) => setTimeout(done, ms));

function random(seed) {
	return () => {
		seed = (seed * 1664525 + 1013904223) % 4294967296;
		return seed / 4294967296;
	};
}

test("columns share the frames of a span: none twice, none left out", () => {
	const draw = random(1);
	for (let i = 0; i < 500; i++) {
		const rate = 8000 + draw() * 90_000, start = draw() * 100, end = start + draw() ** 3 * 50 + 2 / rate, columns = 1 + draw() * 2000;
		const how = cut(start, end, columns, rate);
		assert.ok(how.columns >= 1 && how.columns <= columns);
		assert.ok(how.size === 1 || how.step / how.size >= 4);
		for (let c = 0; c + 1 < how.columns; c++) {
			const [from, to] = framesOf(how, c);
			assert.ok(to > from);
			if (how.step >= 1) assert.equal(to, framesOf(how, c + 1)[0]);
		}
	}
});

test("close enough, a column is a sample", () => {
	const how = cut(1, 1 + 10 / 16_000, 800, 16_000);
	assert.equal(how.columns, 10);
	assert.equal(how.size, 1);
	assert.deepEqual(framesOf(how, 3), [16_003, 16_004]);
});

test("neighbouring views ask for the same bins", () => {
	const a = cut(10, 20, 1000, 48_000), b = cut(10.37, 20.37, 1000, 48_000);
	assert.equal(a.size, b.size);
	assert.equal(Math.log2(a.size) % 1, 0);
	assert.ok(TILE_BINS * a.size > a.step * 100); // a question answers for many columns
});

test("bins of samples, folded, are the samples' extremes", () => {
	const draw = random(2), channels = [0, 1].map(() => Float32Array.from({ length: 1000 }, () => draw() - 0.5));
	for (const [channel, seen] of [[null, channels], [1, [channels[1]]]]) {
		const bins = binned(channels, { start_frame: 128, frames_per_bin: 64, bins: 20, channel });
		for (let i = 0; i < 20; i++) {
			const under = seen.flatMap((samples) => [...samples.slice(128 + 64 * i, 192 + 64 * i)]);
			assert.equal(bins[2 * i], under.length ? Math.min(...under) : NaN);
			assert.equal(bins[2 * i + 1], under.length ? Math.max(...under) : NaN);
		}
		const low = new Float32Array(1).fill(NaN), high = low.slice();
		fold(low, high, 0, bins, 0, 20); // NaN, where the sound has ended, is passed over
		assert.equal(low[0], Math.min(...[...bins].filter((v) => v === v)));
		assert.equal(high[0], Math.max(...[...bins].filter((v) => v === v)));
	}
});

test("an outline of 16 bits keeps what is no sound apart from silence", () => {
	const packed = new Uint8Array(Int16Array.of(-32767, 0, 32767, -32768).buffer);
	assert.deepEqual([...unpacked(packed, 0.5)], [-0.5, 0, 0.5, NaN]);
});

test("the transform's power is that of the sum written out", () => {
	const draw = random(3), size = 32, samples = Float32Array.from({ length: size }, () => draw() - 0.5), sum = new Float64Array(size / 2 + 1);
	transform(size)(samples, sum);
	for (let k = 0; k <= size / 2; k++) {
		let re = 0, im = 0;
		samples.forEach((value, i) => {
			const windowed = value * (1 - Math.cos((2 * Math.PI * i) / size)) * (2 / size);
			re += windowed * Math.cos((2 * Math.PI * k * i) / size);
			im -= windowed * Math.sin((2 * Math.PI * k * i) / size);
		});
		assert.ok(Math.abs(sum[k] - re * re - im * im) < 1e-12);
	}
});

test("a full-scale sine at a band's centre is 0 dBFS", () => {
	const rate = 16_000, samples = Float32Array.from({ length: rate }, (_, i) => Math.sin((2 * Math.PI * 1000 * i) / rate));
	const bands = bandsOf(false, rate, 512), levels = tileOf([samples], rate, { picture: "linear", level: 2, index: 0 });
	const rows = levels.length / 256, column = Array.from({ length: rows }, (_, r) => levels[r * 256 + 20]);
	assert.equal(rows, bands.length);
	const top = column.indexOf(Math.max(...column));
	assert.ok(Math.abs(((rows - 1 - top + 0.5) / rows) * 8000 - 1000) < 50);
	assert.ok(column[top] >= 252);
	assert.equal(levels[10 * 256 + 255], 0); // beyond the end
});

test("the finest hop is what columns.py says", () => {
	assert.deepEqual([8000, 16_000, 24_000, 24_001, 44_100, 48_000, 96_000, 384_000].map(firstHop), [64, 64, 64, 128, 128, 128, 256, 1024]);
});

test("the store keeps to its bytes, the latest wish comes first, and nothing is asked for twice", async () => {
	const asked = [];
	const store = storing(async (request) => (asked.push(request), { data: new Uint8Array(100), partial: request === 19 }), () => {}, 1000);
	for (let i = 0; i < 20; i++) for (const _ of [0, 1]) assert.equal(store.get(String(i), i), undefined);
	await rest(150);
	assert.equal(asked.length, 20);
	assert.deepEqual(asked.slice(0, 2), [19, 18]);
	assert.equal(Array.from({ length: 20 }, (_, i) => store.peek(String(i))).filter(Boolean).length, 10);
	for (let i = 0; i < 300; i++) store.get(`x${i}`, i);
	await rest(300);
	assert.ok(asked.length <= 20 + 20); // a view that moved on does not keep the kernel from what it plays
});

test("what came of a part of the sound is asked for again, and what failed does not come back by itself", async () => {
	let partial = true, fails = 0;
	const store = storing(async (request) => {
		if (request === "bad" && ++fails) throw new Error("no");
		return { data: new Uint8Array(1), partial };
	}, () => {});
	store.get("a", "a");
	store.get("bad", "bad");
	await rest(80);
	assert.ok(store.peek("a"));
	store.refresh();
	assert.equal(store.peek("a"), undefined);
	partial = false;
	store.get("a", "a");
	await rest(80);
	store.refresh();
	assert.ok(store.peek("a"));
	assert.equal(fails, 1);
});

test("answers find their question; silence and refusal are told apart", async () => {
	const sent = [], told = [];
	let hear = () => {};
	const model = { on: (_, f) => (hear = f), send: (content) => sent.push(content), get() {}, set() {}, off() {}, save_changes() {} };
	const asks = asking(model, (content) => told.push(content.kind));
	const first = asks.ask({ kind: "peaks" }, 1000), second = asks.ask({ kind: "tile" }, 1000), third = asks.ask({ kind: "tile" }, 30), fourth = asks.ask({ kind: "tile" }, 1000);
	assert.equal(asks.alive, null);
	hear({ id: "another page's" }, []);
	hear({ id: sent[1].id, error: "no such tile" }, []);
	hear({ id: sent[0].id }, [new DataView(Uint8Array.of(9, 7, 8).buffer, 1)]);
	hear({ kind: "bytes" }, [new DataView(new ArrayBuffer(2))]);
	await assert.rejects(second, Refusal);
	assert.deepEqual([...(await first).data[0]], [7, 8]);
	assert.equal(asks.alive, true);
	await assert.rejects(third, (error) => !(error instanceof Refusal));
	assert.equal(asks.alive, false);
	hear({ id: sent[3].id, gone: "a page" }, []);
	await assert.rejects(fourth, (error) => !(error instanceof Refusal));
	assert.deepEqual(told, ["bytes"]);
});

test("a sound among others is found by its hash", async () => {
	const sounds = [1, 2, 3].map((seed) => Uint8Array.from({ length: 50 }, (_, i) => i * seed));
	const text = sounds.map((bytes) => `<audio src=\\"data:audio/flac;base64,${Buffer.from(bytes).toString("base64")}\\">`).join(" ");
	assert.deepEqual(await soundIn(text, await hashOf(sounds[1]), 50), sounds[1]);
	assert.equal(await soundIn(text, await hashOf(Uint8Array.of(1)), 50), undefined);
	assert.equal(await hashOf(new TextEncoder().encode("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); // FIPS 180-4's own example
});

test("a WAV file has the header that its samples need", async () => {
	const bytes = Buffer.from(await wav([Float32Array.of(0, 0.5, -1), Float32Array.of(1, 0, 2)], 16_000).arrayBuffer());
	assert.equal(bytes.toString("latin1", 0, 4) + bytes.toString("latin1", 8, 16) + bytes.toString("latin1", 36, 40), "RIFFWAVEfmt data");
	assert.equal(bytes.readUInt32LE(4), bytes.length - 8);
	assert.deepEqual([bytes.readUInt16LE(20), bytes.readUInt16LE(22), bytes.readUInt32LE(24), bytes.readUInt32LE(28), bytes.readUInt16LE(32), bytes.readUInt16LE(34), bytes.readUInt32LE(40)], [1, 2, 16_000, 64_000, 4, 16, 12]);
	assert.deepEqual([...Array(6).keys()].map((i) => bytes.readInt16LE(44 + 2 * i)), [0, 32767, 16384, 0, -32768, 32767]);
});
