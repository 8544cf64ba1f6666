/** A canvas to draw a digit on. The digit is white on black and centred, like those of MNIST. */

import { useRef } from "preact/hooks";
import type { UserInput } from "../protocol.ts";

/** The side in pixels of the canvas and of the image that the model gets. */
const SIDE = 280;
/** The width of a stroke in pixels. In MNIST it is 2 to 3 of 28 pixels. */
const WIDTH = 22;
/** The longer side of the scaled digit. In MNIST it is 20 of 28 pixels. */
const FILLED = (20 / 28) * SIDE;

type Stroke = [x: number, y: number][];

export function Drawing({ onUserInput }: { onUserInput: (input: UserInput) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const strokes = useRef<Stroke[]>([]);
  const drawing = useRef(false);

  const show = () => paint(canvas.current!.getContext("2d")!, strokes.current);
  const draw = (event: PointerEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    const scale = SIDE / box.width;
    strokes.current
      .at(-1)!
      .push([(event.clientX - box.left) * scale, (event.clientY - box.top) * scale]);
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
          onUserInput({ kind: "bitmap", bitmap: digitImage(strokes.current) });
        }}
      />
      <div class="row">
        <p class="note">Draw a digit, 0 to 9.</p>
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

/**
 * Return the strokes on a black square like a digit of MNIST: at a fixed size, with the centre of
 * the ink in the middle of the image.
 */
function digitImage(strokes: readonly Stroke[]): ImageBitmap {
  const points = strokes.flat();
  const columns = points.map(([x]) => x);
  const rows = points.map(([, y]) => y);
  // Half a stroke's width lies outside of its points. A dot is not enlarged.
  const scale = (FILLED - WIDTH) / Math.max(extent(columns), extent(rows), SIDE / 4);
  const [inkX, inkY] = middleOfInk(strokes);
  const middleX = within(inkX, columns, scale);
  const middleY = within(inkY, rows, scale);
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const centred = (stroke: Stroke): Stroke =>
    stroke.map(([x, y]) => [(x - middleX) * scale + SIDE / 2, (y - middleY) * scale + SIDE / 2]);
  paint(canvas.getContext("2d")!, strokes.map(centred));
  return canvas.transferToImageBitmap();
}

/** Return the value to put in the middle: the one nearest to `middle` that cuts off no ink. */
function within(middle: number, values: readonly number[], scale: number): number {
  const reach = (SIDE - WIDTH) / 2 / scale;
  return Math.max(Math.max(...values) - reach, Math.min(Math.min(...values) + reach, middle));
}

function extent(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

function middleOfInk(strokes: readonly Stroke[]): readonly [x: number, y: number] {
  let [inked, sumX, sumY] = [0, 0, 0];
  for (const stroke of strokes) {
    for (const [at, [x, y]] of stroke.entries()) {
      const [fromX, fromY] = stroke[at - 1] ?? [x, y];
      // The round end of a stroke has ink too, so that a single dot has weight.
      const ink = Math.hypot(x - fromX, y - fromY) + (at === 0 ? WIDTH : 0);
      inked += ink;
      sumX += (ink * (x + fromX)) / 2;
      sumY += (ink * (y + fromY)) / 2;
    }
  }
  return [sumX / inked, sumY / inked];
}

function paint(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  strokes: readonly Stroke[],
) {
  context.fillStyle = "black";
  context.fillRect(0, 0, SIDE, SIDE);
  context.strokeStyle = "white";
  context.lineWidth = WIDTH;
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const stroke of strokes) {
    context.beginPath();
    // The path begins with a line to its own start, because a path of one point draws nothing.
    context.moveTo(...stroke[0]!);
    for (const [x, y] of stroke) {
      context.lineTo(x, y);
    }
    context.stroke();
  }
}
