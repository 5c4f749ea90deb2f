/**
 * What the widgets' modules promise each other; nothing here runs.
 *
 * @typedef {{ get(name: string): any, set(name: string, value: any): void, save_changes(): void,
 *   on(event: string, callback: (...details: any[]) => void): void, off(event: string, callback: (...details: any[]) => void): void,
 *   send(content: any, callbacks?: any, buffers?: (ArrayBuffer | ArrayBufferView)[]): void }} Model
 * What a host gives to a view besides: children by their reference ("anywidget:<id>").
 * @typedef {{ getWidget(ref: string): Promise<{ exports: any }> }} Host
 *
 * @typedef {{ start: number, end: number, label: string, score: number | null }} Span
 *
 * Lowest and highest sample of each column; NaN where there is no sound. `columns` may be fewer than asked for (one per
 * sample). `exact` is false while only something coarser is there: the finer answer is on its way and "data" will be told.
 * @typedef {{ low: Float32Array, high: Float32Array, columns: number, exact: boolean }} Peaks
 *
 * Levels from 0 (-120 dBFS) to 255 (0 dBFS), row 0 is the highest band; `columns` of `hop` seconds each from `start` on.
 * @typedef {{ levels: Uint8Array, bands: number, columns: number, start: number, hop: number, key: string }} Tile
 *
 * @typedef {"mel" | "linear"} Picture
 *
 * What the sound model exports (`initialize` returns it): one for all views of a sound.
 * @typedef {object} Sound
 * @property {Facts} facts
 * @property {Transport} transport
 * @property {(start: number, end: number, columns: number, channel: number) => Peaks} peaks seconds; channel -1 encloses all
 * @property {(start: number, end: number) => number[]} clips times in seconds of clipped bins between start and end, at most 2000
 * @property {(picture: Picture, start: number, end: number, columns: number) => Tile[]} tiles what there is now to cover the span, coarse first; finer is asked for
 * @property {(name: "data" | "facts", listener: () => void) => (() => void)} on returns what ends it
 *
 * @typedef {object} Facts
 * @property {string} title
 * @property {number} duration seconds
 * @property {number} rate Hz
 * @property {number} channels
 * @property {string} summary
 * @property {string[]} notes
 * @property {number} peak largest magnitude so far; 1 is full scale
 * @property {number} fraction of the sound that was looked at, 0..1
 * @property {Record<Picture, { max_hz: number, bands: number, top_dbfs: number, ticks: { hz: number, fraction: number }[] }>} axes
 *
 * One playing voice for all views of a sound.
 * @typedef {object} Transport
 * @property {number} position seconds, now
 * @property {boolean} playing
 * @property {number} rate 0.5..2; the pitch is kept
 * @property {number} volume 0..1
 * @property {number} channel heard alone, or -1 for all
 * @property {[number, number] | null} loop repeated while it plays
 * @property {string} message for people: why nothing plays, or empty
 * @property {() => void} play
 * @property {() => void} pause
 * @property {() => void} toggle
 * @property {(seconds: number) => void} seek
 * @property {(start: number, end: number) => void} playSpan from start to end, then stop
 * @property {(rate: number) => void} setRate
 * @property {(volume: number) => void} setVolume
 * @property {(channel: number) => void} setChannel
 * @property {(region: [number, number] | null) => void} setLoop
 * @property {(name: "change" | "seek", listener: () => void) => (() => void)} on "change": any of the above but position
 */

export {};

/**
 * Where a lane stands on the stage, in CSS pixels.
 * @typedef {{ left: number, width: number, top: number, height: number, ratio: number }} Box
 *
 * Something drawn along the clock. The stage calls `draw` clipped to the box and its left margin; `describe` says what is under
 * the pointer; `press` takes a press by returning true, and then gets `drag` and `release`.
 * @typedef {object} Lane
 * @property {number} height CSS pixels; 0 hides it
 * @property {(g: CanvasRenderingContext2D, box: Box, look: Look) => void} draw
 * @property {(seconds: number, y: number, box: Box) => string[]} [describe]
 * @property {(seconds: number, y: number, box: Box, event: PointerEvent) => boolean} [press]
 * @property {(seconds: number, y: number, box: Box, event: PointerEvent) => void} [drag]
 * @property {(seconds: number, y: number, box: Box, event: PointerEvent) => void} [release]
 * @property {(seconds: number, y: number, box: Box) => string} [shape] the pointer's CSS cursor
 * @property {(seconds: number, y: number, box: Box) => number} [snap] where a click seeks to
 *
 * @typedef {{ ink(name: string): string, font: string }} Look colours of the theme, by the names in theme.css
 *
 * What the stage kit and the deck kit export: code that all views share, stored once.
 * @typedef {{ Stage: typeof import("./stage.js").Stage, Viewport: typeof import("./viewport.js").Viewport,
 *   WaveLane: typeof import("./lanes/wave.js").WaveLane, SpectrogramLane: typeof import("./lanes/spectrogram.js").SpectrogramLane,
 *   SpansLane: typeof import("./lanes/spans.js").SpansLane, Deck: typeof import("./deck.js").Deck }} Kit
 */
