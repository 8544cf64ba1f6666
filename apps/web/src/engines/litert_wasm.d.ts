/** The start scripts of LiteRT.js, which the build turns into modules. */
declare module "@litertjs/core/wasm/litert_wasm_*.js" {
  const factory: unknown;
  export default factory;
}
