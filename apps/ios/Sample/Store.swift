import Foundation
import Observation
import Satchel
import SatchelONNX

/// The bundles of the application and what their self-tests said on this device.
@MainActor @Observable
final class Store {
    private(set) var digits: ImageClassifier?
    private(set) var objects: ImageClassifier?
    private(set) var reviews: TextClassifier?
    private(set) var bundles: [String: SatchelBundle] = [:]

    /// What cannot be used here, and why, in one line each.
    private(set) var problems: [String] = []

    /// Opens the bundles, and takes a model only after it passed its self-test on this device.
    func open() async {
        if !bundles.isEmpty { return }
        if let bundle = await tested("mnist") {
            digits = attempt { try ImageClassifier(bundle, engines: engines()) }
        }
        if let bundle = await tested("cifar100") {
            objects = attempt { try ImageClassifier(bundle, engines: engines()) }
        }
        if let bundle = await tested("imdb_lasso") {
            reviews = attempt { try TextClassifier(bundle, engines: engines()) }
        }
    }

    /// Returns the engines that the application links.
    func engines() throws -> [any EngineProvider] { [try OnnxRuntime()] }

    private func tested(_ name: String) async -> SatchelBundle? {
        do {
            guard let place = Bundle.main.url(forResource: name, withExtension: "satchel") else {
                throw SatchelError.input(
                    expected: "\(name).satchel", got: "none in the application")
            }
            let bundle = try SatchelBundle(contentsOf: place)
            bundles[name] = bundle
            let model = try bundle.openModel(engines: engines())
            try await requirePassed(bundle, model)
            return bundle
        } catch {
            problems.append("\(name): \(error)")
            return nil
        }
    }

    /// Runs the self-test once for each bundle, model, engine and version of the application.
    private func requirePassed(_ bundle: SatchelBundle, _ model: Model) async throws {
        let version = Bundle.main.infoDictionary?["CFBundleVersion"] as? String ?? ""
        let system = ProcessInfo.processInfo.operatingSystemVersionString
        let key = [
            "\(bundle.cardDigest)", model.entry.file, model.engineName, version, system,
        ].joined(separator: " ")
        if UserDefaults.standard.bool(forKey: key) { return }
        let result = try await bundle.selfTest(model, decoder: PlatformDecoder())
        if let failure = result.failures.first {
            throw SatchelError.engine(
                expected: "at most \(failure.tolerance) from the float model on \(failure.vector)",
                got: "\(failure.difference)",
                remedy: "do not use this model on this device")
        }
        UserDefaults.standard.set(true, forKey: key)
    }

    private func attempt<Value>(_ open: () throws -> Value) -> Value? {
        do { return try open() } catch {
            problems.append("\(error)")
            return nil
        }
    }
}
