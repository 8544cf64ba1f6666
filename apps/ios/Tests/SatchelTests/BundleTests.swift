import Foundation
import Testing

@testable import Satchel

/// Opening bundles from files and from sources, and which of them a policy opens.
@Suite struct BundleTests {
    private func place() -> URL {
        FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).satchel")
    }

    private func keys() throws -> [PublicKey] {
        try vectors("refusals").field("keys").texts.map { try PublicKey(parsing: $0) }
    }

    private func line(_ name: String, _ policy: Policy) throws -> String? {
        try errorLine { _ = try SatchelBundle(RefusalVectors.base(name), policy: policy) }
    }

    @Test("A file stays open, whatever is at its path meanwhile")
    func replaced() throws {
        let place = place()
        defer { try? FileManager.default.removeItem(at: place) }
        try Data(RefusalVectors.base("picture")).write(to: place)
        let bundle = try SatchelBundle(contentsOf: place)
        // Another file is written beside it and takes its name.
        try Data([1, 2, 3]).write(to: place, options: .atomic)
        #expect(try Data(contentsOf: place).count == 3)
        try bundle.checkFiles()
    }

    @Test("A file that was changed after it was opened is refused when it is read")
    func changed() throws {
        let place = place()
        defer { try? FileManager.default.removeItem(at: place) }
        var content = try RefusalVectors.base("picture")
        try Data(content).write(to: place)
        let bundle = try SatchelBundle(contentsOf: place)
        let file = try FileHandle(forWritingTo: place)
        for at in content.indices { content[at] ^= 1 }
        file.write(Data(content))
        file.closeFile()
        #expect(try errorOf { try bundle.checkFiles() } == "BundleError")
    }

    @Test("What is no file of a bundle is refused in one line")
    func noFile() throws {
        let folder = FileManager.default.temporaryDirectory
        let missing = folder.appendingPathComponent("\(UUID())")
        for place in [folder, missing, URL(fileURLWithPath: "/dev/null")] {
            #expect(try errorOf { _ = try SatchelBundle(contentsOf: place) } == "BundleError")
        }
        let bundle = try SatchelBundle(RefusalVectors.base("picture"))
        #expect(try errorOf { _ = try bundle.read("none") } == "BundleError")
    }

    @Test("An empty policy opens nothing")
    func emptyPolicy() throws {
        let key = try keys()[0]
        #expect(
            try line("signed", Policy())
                == "Expected a bundle signed by nobody, got one by \(key).")
        #expect(try line("picture", Policy())?.contains("one without a signature") == true)
    }

    @Test("A policy trusts its keys until they expire, and none that is revoked")
    func trusted() throws {
        let keys = try keys()
        let (ours, theirs) = (keys[0], keys[1])
        #expect(try line("signed", Policy(keys: [TrustedKey(ours)])) == nil)
        #expect(try line("signed", Policy(keys: [TrustedKey(theirs)])) != nil)
        #expect(try line("signed", Policy(keys: [TrustedKey(theirs), TrustedKey(ours)])) == nil)
        let expired = Policy(keys: [TrustedKey(ours, expires: try Day("2020-02-29"))])
        #expect(try line("signed", expired)?.contains("trusted until 2020-02-29") == true)
        let later = Policy(keys: [TrustedKey(ours, expires: try Day("9999-12-31"))])
        #expect(try line("signed", later) == nil)
        var revoking = Policy(keys: [TrustedKey(ours)], allowUnsigned: true)
        #expect(try line("picture", revoking) == nil)
        revoking.revoked = [ours.fingerprint]
        #expect(try line("signed", revoking)?.contains("not revoked") == true)
    }

    @Test("A policy refuses an older release, and with a list every other model")
    func releases() throws {
        var policy = Policy(atLeast: [try Release("tiny@0.0.1")], allowUnsigned: true)
        #expect(try line("picture", policy) == nil)
        policy.atLeast = [try Release("tiny@999.0.0")]
        #expect(try line("picture", policy)?.contains("tiny 999.0.0 or later") == true)
        policy.atLeast = [try Release("other@1.0.0")]
        #expect(try line("picture", policy) == nil)
        policy.onlyListed = true
        #expect(try line("picture", policy)?.contains("list (other)") == true)
        for text in ["tiny", "tiny@1", "@1.0.0", "tiny@1.0.0@", "tiny@1.0.0000000000"] {
            #expect(try errorOf { _ = try Release(text) } == "InputError", "\(text)")
        }
    }

    @Test("Days are those of the calendar")
    func days() throws {
        #expect("\(Day(daysSince1970: 0))" == "1970-01-01")
        #expect("\(Day(daysSince1970: 11_016))" == "2000-02-29")
        #expect("\(Day(daysSince1970: 20_787))" == "2026-11-30")
        #expect(try Day("2026-11-30") == Day(daysSince1970: 20_787))
        #expect(try Day("2026-11-30") < Day("2026-12-01"))
        for text in [
            "", "2026-11-31", "2025-02-29", "2026-13-01", "26-1-1", "2026-11-3x", "+026-11-30",
        ] {
            #expect(try errorOf { _ = try Day(text) } == "InputError", "\(text)")
        }
    }
}
