/** Shows pixels on the page without scaling them in the canvas. */

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Pixels } from "../protocol.ts";

export function ImageView({
  pixels,
  title,
  save,
}: {
  pixels: Pixels;
  title: string;
  save?: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const { width, height, rgba } = pixels;
    canvas.current!.getContext("2d")!.putImageData(new ImageData(rgba, width, height), 0, 0);
  }, [pixels]);
  return (
    <>
      <canvas
        ref={canvas}
        class="pixels"
        width={pixels.width}
        height={pixels.height}
        role="img"
        aria-label={title}
      />
      {save && (
        <button
          type="button"
          class="plain"
          onClick={() => download(canvas.current!, `${save}.png`)}
        >
          Save as PNG
        </button>
      )}
    </>
  );
}

function download(canvas: HTMLCanvasElement, name: string) {
  canvas.toBlob((file) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file!);
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  });
}
