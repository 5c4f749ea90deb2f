/** The stage and its lanes as one module that all views of a notebook share. */

import { SpectrogramLane } from "./kit/lanes/spectrogram.js";
import { WaveLane } from "./kit/lanes/wave.js";
import { Stage } from "./kit/stage.js";
import { Viewport } from "./kit/viewport.js";

export default { initialize: () => ({ Stage, Viewport, WaveLane, SpectrogramLane }), render: () => {} };
