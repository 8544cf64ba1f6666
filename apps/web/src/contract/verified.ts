/** Reads `verified` of a card: how a model compared with the float model where it was packed. */

import type { VerifiedImages, VerifiedLabels } from "./card_types.ts";
import type { Fields } from "./fields.ts";

/** The largest number of samples, far more than any data set has. */
const MOST_SAMPLES = 2 ** 40;

/** Return `verified` of a model that returns labels; throws CardError. */
export function parseVerifiedLabels(fields: Fields): VerifiedLabels {
  return {
    samples: fields.integer("samples", 1, MOST_SAMPLES),
    accuracy: fields.number("accuracy", 0, 1),
    dropPoints: fields.number("drop_points", -100, 100),
    agreement: fields.number("agreement", 0, 1),
    largestDifference: fields.number("largest_difference", 0, 1),
    sqnrDb: fields.decibel("sqnr_db"),
    dropCi95: fields.numbers("drop_ci95", [0, 2], []),
  };
}

/** Return `verified` of a model that returns images; throws CardError. */
export function parseVerifiedImages(fields: Fields): VerifiedImages {
  return {
    samples: fields.integer("samples", 1, MOST_SAMPLES),
    psnrDb: fields.decibel("psnr_db"),
    worstPsnrDb: fields.decibel("worst_psnr_db"),
    largestDifference: fields.number("largest_difference", 0, 1),
  };
}
