"""A JPEG file to its label: Satchel beside Pillow with the interpreter, and MediaPipe Tasks.

    .venv/bin/python benchmarks/jpeg.py [--rounds 9]

All use the same MobileNetV2 (`mobilenet.py`), one thread, an image of 12 megapixels and one of
512 x 929: photographs of scikit-learn, enlarged, with the noise of a sensor, quality 90. Prints
milliseconds, and the ratio to Satchel's scaled decoding in the same round, of elapsed time and of
processor time. Then it prints the labels, and how much scaled decoding changes the pixels.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from mobilenet import MODEL, mobilenet_bundle, photographs
from PIL import Image
from side_by_side import (
    Contender,
    device_python,
    peer_python,
    print_conditions,
    print_rows,
    take_turns,
)

from satchel import open_bundle
from satchel.preprocessing import read_pixels

IMAGES = {"4000 x 3000": ("palace", 4000, 3000, 3), "929 x 512": ("flower", 929, 512, 20)}
"""The title of an image to its photograph, width, height and the runs of a round."""
NOISE_LEVELS = 4
"""The standard deviation of the noise in levels, like that of a small sensor indoors."""


def write_jpeg(path: Path, photograph: np.ndarray, *, width: int, height: int) -> None:
    """Write a photograph at another size, with noise."""
    enlarged = Image.fromarray(photograph).resize((width, height), Image.Resampling.BICUBIC)
    noise = np.random.default_rng(7).normal(0, NOISE_LEVELS, (height, width, 3))
    noisy = (np.asarray(enlarged) + noise).clip(0, 255).astype(np.uint8)
    Image.fromarray(noisy).save(path, quality=90)


def main() -> None:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="only write the images to DIR")
    args = parser.parse_args()
    if args.keep:
        args.keep.mkdir(parents=True, exist_ok=True)
        for label, width, height, _ in IMAGES.values():
            file = args.keep / f"{width}x{height}.jpg"
            write_jpeg(file, photographs()[label], width=width, height=height)
        return
    path = mobilenet_bundle()
    bundle = open_bundle(path)
    device = device_python()
    print("| image | what | ms | processor, ms | to scaled | by processor time |")
    print("|---|---|---|---|---|---|")
    lines = []
    with tempfile.TemporaryDirectory(prefix="satchel-") as scratch:
        model = Path(scratch) / MODEL
        model.write_bytes(bundle.files[MODEL])
        for name, (label, width, height, runs) in IMAGES.items():
            jpeg = Path(scratch) / f"{label}.jpg"
            write_jpeg(jpeg, photographs()[label], width=width, height=height)
            plain = {"model": str(model), "image": str(jpeg)}
            ours = {"bundle": str(path), "model": MODEL, "image": str(jpeg)}
            contenders = {
                "Satchel, scaled": Contender(device, "satchel_jpeg", **ours, decoding="scaled"),
                "Satchel, exact": Contender(device, "satchel_jpeg", **ours, decoding="exact"),
                "Pillow and LiteRT": Contender(device, "bare_jpeg", **plain),
                "MediaPipe Tasks": Contender(peer_python("mediapipe"), "mediapipe_jpeg", **plain),
                "the model alone": Contender(device, "bare_engine", model=str(model)),
            }
            found = take_turns(
                {
                    what: lambda each=each, runs=runs: each.runs(runs)
                    for what, each in contenders.items()
                },
                rounds=args.rounds,
            )
            print_rows(name, found, ours="Satchel, scaled", unit_us=1000, digits=1)
            labels = bundle.card.output.labels
            said = {
                what: labels[each.prediction]
                for what, each in contenders.items()
                if isinstance(each.prediction, int)
            }
            exact, scaled = (
                read_pixels(jpeg, bundle.card.input, decoding=decoding).astype(int)
                for decoding in ("exact", "scaled")
            )
            apart = np.abs(exact - scaled)
            lines.append(
                f"{name}: {', '.join(f'{what} says {label}' for what, label in said.items())};"
                f" pixels differ by {apart.mean():.2f} levels on average,"
                f" {np.percentile(apart, 99):.0f} at the 99th percentile, {apart.max()} at most"
            )
            for each in contenders.values():
                each.close()
    print("\n" + "\n".join(lines))
    print_conditions()


if __name__ == "__main__":
    main()
