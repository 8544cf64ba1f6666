/** What verification found of a model against the float one, on the machine that packed it. */

import type { Fields } from "./fields.ts";

/** What verification found of a model that says labels, where the bundle was packed. */
export interface VerifiedLabels {
  readonly kind: "labels";
  readonly samples: number;
  /** 0 to 1. */
  readonly accuracy: number;
  /** Percentage points of accuracy lost against the float model; negative where it gained. */
  readonly dropPoints: number;
  /** Share of samples with the same top label, 0 to 1. */
  readonly agreement: number;
  /** Of any one probability, 0 to 1. */
  readonly largestDifference: number;
  /** Decibel; null where nothing differs. */
  readonly sqnrDb: number | null;
  /** Where the drop lies with 95 % confidence, two percentage points; none where nobody knows. */
  readonly dropCi95: readonly number[];
}

/** What verification found of a model that makes pictures. */
export interface VerifiedPictures {
  readonly kind: "image";
  readonly samples: number;
  /** Peak signal-to-noise ratio of all pixels together; null where nothing differs. */
  readonly psnrDb: number | null;
  readonly worstPsnrDb: number | null;
  /** Of any one pixel's channel, in 255ths, 0 to 1. */
  readonly largestDifference: number;
}

export type Verified = VerifiedLabels | VerifiedPictures;

/** Of samples: more than anybody has. */
const MOST_SAMPLES = 2 ** 40;

/** Return `verified` of a model that says labels; throws CardError. */
export function parseVerifiedLabels(fields: Fields): VerifiedLabels {
  return {
    kind: "labels",
    samples: fields.integer("samples", 1, MOST_SAMPLES),
    accuracy: fields.number("accuracy", 0, 1),
    dropPoints: fields.number("drop_points", -100, 100),
    agreement: fields.number("agreement", 0, 1),
    largestDifference: fields.number("largest_difference", 0, 1),
    sqnrDb: fields.decibel("sqnr_db"),
    dropCi95: fields.numbers("drop_ci95", [0, 2], []),
  };
}

/** Return `verified` of a model that makes pictures; throws CardError. */
export function parseVerifiedPictures(fields: Fields): VerifiedPictures {
  return {
    kind: "image",
    samples: fields.integer("samples", 1, MOST_SAMPLES),
    psnrDb: fields.decibel("psnr_db"),
    worstPsnrDb: fields.decibel("worst_psnr_db"),
    largestDifference: fields.number("largest_difference", 0, 1),
  };
}
