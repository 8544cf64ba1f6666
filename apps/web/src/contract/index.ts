/** Opens Satchel bundles, and turns inputs into tensors and tensors into predictions. */

export type { Bytes } from "./archive.ts";
export { type Bundle, bundleFile, type OpenOptions, openBundle } from "./bundle.ts";
export type * from "./card_types.ts";
export {
  BundleError,
  CardError,
  EngineError,
  InputError,
  SatchelError,
  TrustError,
} from "./errors.ts";
export type { DecodedImage, Pixels } from "./images.ts";
export { orient } from "./images.ts";
export {
  type ImagePrediction,
  type LabelPrediction,
  type ModelPrediction,
  postprocess,
} from "./postprocess.ts";
export { bestLabels, type Prediction } from "./prediction.ts";
export { parsePublicKey } from "./public_key.ts";
export { modelTensors, openReader, type Prepared, type Raw, type Reader } from "./reader.ts";
export { type GoldenResult, type Platform, selftest } from "./selftest.ts";
export type { Signer } from "./signature.ts";
export type { Tensor } from "./tensor.ts";
