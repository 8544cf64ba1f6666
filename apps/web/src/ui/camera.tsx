/** Sends one camera image after another to the model. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { UserInput } from "../protocol.ts";

/**
 * The requested size of a camera image. Models take smaller ones, and a larger one only costs time.
 */
const WANTED = { facingMode: "environment", width: { ideal: 640 } };

interface Props {
  readonly onUserInput: (input: UserInput) => void;
  readonly onError: (line: string) => void;
}

export function Camera({ onUserInput, onError }: Props) {
  const [stream, setStream] = useState<MediaStream | null>(null);
  const video = useRef<HTMLVideoElement>(null);
  const asking = useRef(onUserInput);
  asking.current = onUserInput;

  async function start() {
    try {
      setStream(await navigator.mediaDevices.getUserMedia({ video: WANTED }));
    } catch (reason) {
      onError(`Expected a camera, got none: ${why(reason as DOMException)}.`);
    }
  }

  useEffect(() => {
    if (stream === null) {
      return;
    }
    let running = true;
    const shown = video.current!;
    shown.srcObject = stream;
    const next = () => {
      if (running) {
        asking.current({ kind: "bitmap", bitmap: still(shown) });
        shown.requestVideoFrameCallback(next);
      }
    };
    shown.requestVideoFrameCallback(next);
    return () => {
      running = false;
      for (const track of stream.getTracks()) {
        track.stop();
      }
    };
  }, [stream]);

  return (
    <>
      <button type="button" onClick={() => (stream ? setStream(null) : start())}>
        {stream ? "Stop the camera" : "Camera"}
      </button>
      {stream && (
        <video
          ref={video}
          class="camera"
          autoplay
          muted
          playsInline
          aria-label="What the camera sees"
        />
      )}
    </>
  );
}

/**
 * Return the current frame. It is drawn on a canvas, because not every browser makes a bitmap of a
 * video.
 */
function still(video: HTMLVideoElement): ImageBitmap {
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  canvas.getContext("2d")!.drawImage(video, 0, 0);
  return canvas.transferToImageBitmap();
}

function why(reason: DOMException): string {
  switch (reason.name) {
    case "NotAllowedError":
      return "it was not allowed; allow it in the browser's settings for this page";
    case "NotFoundError":
      return "this device has none";
    default:
      return reason.message || reason.name;
  }
}
