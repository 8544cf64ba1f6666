import type { Engine } from "./engines/engine.ts";
self.onmessage = async ({ data: { url, kind, input, shape, n } }) => {
  try {
    const t0 = performance.now();
    const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
    const { open } = kind === "onnx" ? await import("./engines/onnx.ts") : await import("./engines/litert.ts");
    const e: Engine = await open(bytes);
    const t1 = performance.now();
    let out;
    for (let i = 0; i < 5; i++) out = await e.run({ data: input, shape });
    const t2 = performance.now();
    for (let i = 0; i < n; i++) out = await e.run({ data: input, shape });
    const t3 = performance.now();
    await e.close();
    self.postMessage({ open: t1 - t0, us: ((t3 - t2) / n) * 1000, out: [...out!.data].slice(0, 10), shape: out!.shape });
  } catch (error) { self.postMessage({ error: String(error) }); }
};
