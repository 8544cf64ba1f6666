export interface Tensor { readonly data: Float32Array | Uint8Array | Int8Array | Int32Array; readonly shape: readonly number[] }
