import Satchel
import SwiftUI

/// Draws a digit with a finger and classifies it.
struct DrawScreen: View {
    @Environment(Store.self) private var store
    @State private var lines: [[CGPoint]] = []
    @State private var predictions: [Prediction] = []
    @State private var problem: String?

    var body: some View {
        VStack {
            drawing
                .frame(width: 280, height: 280)
                .border(.secondary)
                .accessibilityLabel("Area to draw a digit in")
                .gesture(
                    DragGesture(minimumDistance: 0)
                        .onChanged { value in
                            if value.translation == .zero { lines.append([]) }
                            lines[lines.count - 1].append(value.location)
                        }
                        .onEnded { _ in Task { await classify() } })
            Button("Clear") {
                lines = []
                predictions = []
            }
            Answers(predictions: predictions)
            Problem(line: problem ?? store.problems.first)
        }
    }

    private var drawing: some View {
        Canvas { context, size in
            context.fill(Path(CGRect(origin: .zero, size: size)), with: .color(.black))
            for line in lines {
                var path = Path()
                path.addLines(line)
                let style = StrokeStyle(lineWidth: 22, lineCap: .round, lineJoin: .round)
                context.stroke(path, with: .color(.white), style: style)
            }
        }
    }

    private func classify() async {
        do {
            let renderer = ImageRenderer(content: drawing.frame(width: 280, height: 280))
            guard let image = renderer.cgImage, let digits = store.digits else { return }
            predictions = try await digits.classify(DecodedImage(image), top: 3)
            problem = nil
        } catch { problem = "\(error)" }
    }
}
