import Foundation
import Testing

@testable import Satchel

/// An engine that returns what `answer` makes of its inputs.
struct FakeEngine: EngineProvider {
    var name = "web"
    var version = "1.0"
    var format = ModelFormat.tflite
    let answer: @Sendable ([Tensor]) -> Tensor

    private struct Opened: Engine {
        let answer: @Sendable ([Tensor]) -> Tensor

        func run(_ inputs: [Tensor]) throws(SatchelError) -> Tensor { answer(inputs) }
    }

    func open(_ model: [UInt8]) throws(SatchelError) -> any Engine { Opened(answer: answer) }
}

/// How often something runs at the same time, and how often it ran.
private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var now = 0
    private(set) var most = 0
    private(set) var runs = 0

    func enter() {
        lock.withLock {
            now += 1
            runs += 1
            most = max(most, now)
        }
    }

    func leave() { lock.withLock { now -= 1 } }
}

/// The tasks of an application, with engines that are not real.
@Suite struct TasksTests {
    private func picture() throws -> SatchelBundle {
        try SatchelBundle(RefusalVectors.base("picture"))
    }

    private func image(_ red: UInt8 = 0) throws -> DecodedImage {
        let rgba = [[UInt8]](repeating: [red, 0, 0, 255], count: 24).flatMap { $0 }
        return try DecodedImage(width: 6, height: 4, rgba: rgba)
    }

    private func saying(_ values: Float...) -> FakeEngine {
        FakeEngine { _ in .float32(shape: [1, values.count], values) }
    }

    @Test("The best labels come first, and no more than are asked for")
    func best() async throws {
        let classifier = try ImageClassifier(picture(), engines: [saying(0, 3, 1)])
        let all = try await classifier.classify(image())
        #expect(all.count == 3)
        #expect(all.map(\.score) == all.map(\.score).sorted(by: >))
        #expect(try await classifier.classify(image(), top: 1) == [all[0]])
        await #expect(throws: SatchelError.self) {
            _ = try await classifier.classify(image(), top: 0)
        }
    }

    @Test("A bundle of another task is refused")
    func otherTask() throws {
        let line = try errorLine { _ = try TextClassifier(picture(), engines: [saying(0)]) }
        #expect(
            line == "Expected a bundle for text-classification, got one for image-classification.")
    }

    @Test("Without an engine the message says what the bundle needs")
    func noEngine() throws {
        var old = saying(0)
        old.version = "0.9.7"
        var other = saying(0)
        other.name = "litert"
        for engines in [[], [old], [other]] {
            let line = try errorLine { _ = try picture().openModel(engines: engines) }
            #expect(line?.hasPrefix("Expected web 1.0 for ") == true, "\(line ?? "")")
        }
        let line = try errorLine {
            _ = try picture().openModel(engines: [saying(0)], file: "none.tflite")
        }
        #expect(line?.contains("none.tflite") == true)
    }

    @Test("Versions are compared number by number")
    func versions() {
        let ordered = ["", "0.9", "1", "1.0.1", "1.2", "1.10", "2.0.0", "10.0"]
        for (at, one) in ordered.enumerated() {
            for (place, other) in ordered.enumerated() {
                #expect(isOlder(one, than: other) == (at < place), "\(one) \(other)")
            }
        }
        #expect(!isOlder("1.2.0-rc1", than: "1.2") && !isOlder("1.2", than: "1.2.0-rc1"))
    }

    @Test(
        "An output that the card excludes is refused",
        arguments: [
            Tensor.float32(shape: [1, 4], [0, 0, 0, 0]),
            .float32(shape: [3], [0, 0, 0]),
            .float32(shape: [1, 3], [0, 0]),
            .float32(shape: [1, 3], []),
            .uint8(shape: [1, 3], [0, 0, 0]),
            .float32(shape: [1, 3], [0, .nan, 0]),
            .float32(shape: [1, 3], [0, 0, -.infinity]),
        ])
    func oddOutput(raw: Tensor) async throws {
        let classifier = try ImageClassifier(picture(), engines: [FakeEngine { _ in raw }])
        await #expect(throws: SatchelError.self) { _ = try await classifier.classify(image()) }
    }

    @Test("Twelve callers at once get their own answers, and the engine one at a time")
    func twelve() async throws {
        let counter = Counter()
        let engine = FakeEngine { inputs in
            counter.enter()
            defer { counter.leave() }
            usleep(200)
            guard case .float32(_, let values) = inputs[0] else { return inputs[0] }
            return .float32(shape: [1, 3], [values[0], 0, 0])
        }
        let classifier = try ImageClassifier(picture(), engines: [engine])
        let images = try (0..<12).map { try image(UInt8($0)) }
        var alone: [[Float]] = []
        for image in images { alone.append(try await classifier.scores(image)) }
        #expect(Set(alone).count == 12)
        let expected = alone
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for (at, image) in images.enumerated() {
                group.addTask {
                    for _ in 0..<20 where try await classifier.scores(image) != expected[at] {
                        return false
                    }
                    return true
                }
            }
            for try await isSame in group { #expect(isSame) }
        }
        #expect(counter.most == 1)
        #expect(counter.runs == 12 + 12 * 20)
    }

    @Test("A task that was cancelled does not run the model")
    func cancelled() async throws {
        let counter = Counter()
        let engine = FakeEngine { _ in
            counter.enter()
            return .float32(shape: [1, 3], [0, 0, 0])
        }
        let classifier = try ImageClassifier(picture(), engines: [engine])
        let image = try image()
        let task = Task {
            // Waits until it is cancelled, which ends the sleep.
            try? await Task.sleep(for: .seconds(60))
            return try await classifier.scores(image)
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(counter.runs == 0)
    }
}
