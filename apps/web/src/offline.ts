/** Starts the service worker, which keeps all files of the app for offline use. */

/** Start the service worker, and return a text for the user once all files are kept. */
export async function keepForOffline(): Promise<string> {
  // A page that came by plain http from another machine has none, nor do some private windows.
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) {
    return "Not kept for offline use here";
  }
  try {
    await navigator.serviceWorker.register("service_worker.js");
    await navigator.serviceWorker.ready;
    return "Kept for offline use";
  } catch (error) {
    return `Not kept for offline use: ${(error as Error).message}`;
  }
}
