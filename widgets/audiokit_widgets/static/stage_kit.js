/** The stage and its lanes as one module that all views of a notebook share. */

import { SpansLane } from "./kit/lanes/spans.js";
import { SpectrogramLane } from "./kit/lanes/spectrogram.js";
import { WaveLane } from "./kit/lanes/wave.js";
import { Stage } from "./kit/stage.js";
import { Viewport } from "./kit/viewport.js";

/** @type {import("./kit/types.js").Kit} */
const kit = { Stage, Viewport, WaveLane, SpectrogramLane, SpansLane };

export default { initialize: () => kit, render: () => {} };
