/** Starts the service worker, which keeps the files of the app for offline use. */

export interface Offline {
  /** A text for the user. */
  readonly line: string;
  /** Whether the service worker runs, and so can keep more. */
  readonly canKeepAll: boolean;
}

/** Start the service worker, and return once the files are kept that each visit needs. */
export async function keepForOffline(): Promise<Offline> {
  // A page that came by plain http from another machine has none, nor do some private windows.
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) {
    return { line: "Not kept for offline use here", canKeepAll: false };
  }
  try {
    await navigator.serviceWorker.register("service_worker.js");
    await navigator.serviceWorker.ready;
    return { line: "Kept for offline use", canKeepAll: true };
  } catch (error) {
    const line = `Not kept for offline use: ${(error as Error).message}`;
    return { line, canKeepAll: false };
  }
}

/** Keep also every bundle and both libraries, and return when this is done or has failed. */
export async function keepAllForOffline(): Promise<Offline> {
  const { active } = await navigator.serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  const missing = await new Promise<string>((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<string>) => resolve(data);
    active!.postMessage("keep all", [port2]);
  });
  port1.close();
  return missing === ""
    ? { line: "All bundles are kept for offline use", canKeepAll: false }
    : { line: `Not all bundles are kept for offline use: ${missing}`, canKeepAll: true };
}
