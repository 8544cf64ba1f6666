/** The service worker: everything the app needs, kept for when there is no network. */

/** Start it, and return what to tell the user once all is kept. */
export async function keepForOffline(): Promise<string> {
  // Absent in a page that came by plain http from another machine, and in some private windows.
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
