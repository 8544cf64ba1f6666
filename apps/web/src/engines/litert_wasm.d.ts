/** LiteRT.js's start scripts, as the build makes modules of them. */
declare module "@litertjs/core/wasm/litert_wasm_*.js" {
  const factory: unknown;
  export default factory;
}
