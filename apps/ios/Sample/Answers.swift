import Satchel
import SwiftUI

/// Shows the best labels of an answer, read aloud as one element.
struct Answers: View {
    let predictions: [Prediction]

    var body: some View {
        VStack(alignment: .leading) {
            ForEach(predictions.prefix(3), id: \.label) { found in
                HStack {
                    Text(found.label)
                    Spacer()
                    Text(Double(found.score), format: .percent.precision(.fractionLength(1)))
                        .monospacedDigit()
                }
            }
        }
        .accessibilityElement(children: .combine)
        .padding()
    }
}

/// Shows what went wrong, in the one line that the error has.
struct Problem: View {
    let line: String?

    var body: some View {
        if let line { Text(line).font(.footnote).foregroundStyle(.red).padding() }
    }
}
