import Satchel
import SwiftUI

/// Classifies a review that is typed.
struct ReviewScreen: View {
    @Environment(Store.self) private var store
    @State private var review = ""
    @State private var predictions: [Prediction] = []
    @State private var problem: String?

    var body: some View {
        VStack {
            TextField("A review of a film", text: $review, axis: .vertical)
                .textFieldStyle(.roundedBorder)
                .padding()
            Answers(predictions: predictions)
            Problem(line: problem ?? store.problems.first)
        }
        // A later key cancels the task of the one before, which then does not run the model.
        .task(id: review) {
            do {
                predictions = try await store.reviews?.classify(review) ?? []
                problem = nil
            } catch is CancellationError {
                // The answer to a later text comes.
            } catch { problem = "\(error)" }
        }
    }
}
