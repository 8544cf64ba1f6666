/** A canvas to draw a digit on: light on black, centred as MNIST's are. */

import { useRef } from "preact/hooks";
import type { Question } from "../protocol.ts";

/** Pixels a side, of the canvas and of what is asked */
const SIDE = 280;
/** Of a stroke; a pen's in MNIST is 2 to 3 of 28 pixels wide */
const WIDTH = 22;
/** MNIST fits its digits into 20 of 28 pixels */
const FILLED = (20 / 28) * SIDE;

type Stroke = [x: number, y: number][];

export function Drawing({ onQuestion }: { onQuestion: (question: Question) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const strokes = useRef<Stroke[]>([]);
  const drawing = useRef(false);

  const show = () => paint(canvas.current!.getContext("2d")!, strokes.current);
  const draw = (event: PointerEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    const scale = SIDE / box.width;
    strokes.current.at(-1)!.push([(event.clientX - box.left) * scale, (event.clientY - box.top) * scale]);
    show();
  };

  return (
    <div class="drawing">
      <canvas
        ref={canvas}
        width={SIDE}
        height={SIDE}
        role="img"
        aria-label="Draw a digit here with a pointer or a finger"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drawing.current = true;
          strokes.current.push([]);
          draw(event);
        }}
        onPointerMove={(event) => {
          if (drawing.current) {
            draw(event);
          }
        }}
        onPointerUp={() => {
          drawing.current = false;
          onQuestion({ kind: "bitmap", bitmap: asked(strokes.current) });
        }}
      />
      <div class="row">
        <p class="note">Draw a digit.</p>
        <button
          type="button"
          onClick={() => {
            strokes.current = [];
            show();
          }}
        >
          Clear
        </button>
      </div>
    </div>
  );
}

/** Return the strokes in the middle of a black square, at the size of MNIST's digits. */
function asked(strokes: readonly Stroke[]): ImageBitmap {
  const points = strokes.flat();
  const columns = points.map(([x]) => x);
  const rows = points.map(([, y]) => y);
  const [left, right, top, bottom] = [
    Math.min(...columns),
    Math.max(...columns),
    Math.min(...rows),
    Math.max(...rows),
  ];
  // The outer half of a stroke counts; a dot stays a dot.
  const scale = (FILLED - WIDTH) / Math.max(right - left, bottom - top, SIDE / 4);
  const place = (value: number, middle: number) => (value - middle) * scale + SIDE / 2;
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  paint(
    canvas.getContext("2d")!,
    strokes.map((stroke) =>
      stroke.map(([x, y]) => [place(x, (left + right) / 2), place(y, (top + bottom) / 2)]),
    ),
  );
  return canvas.transferToImageBitmap();
}

function paint(context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D, strokes: readonly Stroke[]) {
  context.fillStyle = "black";
  context.fillRect(0, 0, SIDE, SIDE);
  context.strokeStyle = "white";
  context.lineWidth = WIDTH;
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const stroke of strokes) {
    context.beginPath();
    // Then to itself: a path of one point draws nothing.
    context.moveTo(...stroke[0]!);
    for (const [x, y] of stroke) {
      context.lineTo(x, y);
    }
    context.stroke();
  }
}
