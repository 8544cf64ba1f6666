/** Files that are dropped on the page or pasted into it. */

import { useEffect, useRef } from "preact/hooks";

/** Call `take` with each. */
export function useFiles(take: (file: File) => void) {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const given = (event: Event, data: DataTransfer | null) => {
      const [file] = data?.files ?? [];
      if (file !== undefined) {
        event.preventDefault();
        latest.current(file);
      }
    };
    const listeners = new AbortController();
    const { signal } = listeners;
    document.addEventListener("paste", (event) => given(event, event.clipboardData), { signal });
    document.addEventListener("drop", (event) => given(event, event.dataTransfer), { signal });
    // Or the browser would open what is dropped.
    document.addEventListener("dragover", (event) => event.preventDefault(), { signal });
    return () => listeners.abort();
  }, []);
}
