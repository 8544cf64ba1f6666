/** The service worker: everything the app needs, kept for when there is no network. */

/** Start it, and call back when all is kept. */
export async function keepForOffline(kept: () => void): Promise<void> {
  // Absent in a page that came by plain http from another machine.
  if ("serviceWorker" in navigator && import.meta.env.PROD) {
    await navigator.serviceWorker.register("service_worker.js");
    await navigator.serviceWorker.ready;
    kept();
  }
}
