/** Files that a user drops on the page or pastes into it. */

import { useEffect, useRef } from "preact/hooks";

/** Call `take` with the first file of each drop and of each paste. */
export function useFiles(take: (file: File) => void) {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const takeFirst = (event: Event, data: DataTransfer | null) => {
      const [file] = data?.files ?? [];
      if (file !== undefined) {
        event.preventDefault();
        latest.current(file);
      }
    };
    const listeners = new AbortController();
    const { signal } = listeners;
    document.addEventListener("paste", (event) => takeFirst(event, event.clipboardData), {
      signal,
    });
    document.addEventListener("drop", (event) => takeFirst(event, event.dataTransfer), { signal });
    // Without this, the browser opens a dropped file.
    document.addEventListener("dragover", (event) => event.preventDefault(), { signal });
    return () => listeners.abort();
  }, []);
}
