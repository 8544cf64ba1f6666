import Foundation

/// The bytes of a `.satchel` file, of which any part can be read.
///
/// Several tasks may read at once. What was read once must not change meanwhile: a source of a file
/// keeps that file open, so that another file at its path does not matter.
public protocol BundleSource: Sendable {
    /// The number of bytes.
    var size: Int { get }

    /// Returns up to `count` bytes from byte `position` on: fewer only at the end.
    ///
    /// - Throws: an error of any kind if the source cannot be read.
    func read(at position: Int, count: Int) throws -> [UInt8]
}

/// A source in memory.
struct MemorySource: BundleSource {
    private let content: [UInt8]

    init(_ content: [UInt8]) { self.content = content }

    var size: Int { content.count }

    func read(at position: Int, count: Int) -> [UInt8] {
        let begin = min(position, size)
        return Array(content[begin..<min(begin + count, size)])
    }
}

/// A file that is open for reading until nothing holds the source any more.
final class FileSource: BundleSource {
    private let descriptor: Int32
    let size: Int

    /// Opens the file at `place`.
    ///
    /// - Throws: ``SatchelError/bundle`` for a file that cannot be opened.
    init(_ place: URL) throws(SatchelError) {
        let found = open(place.path, O_RDONLY | O_CLOEXEC)
        if found < 0 { throw unreadable(lastProblem()) }
        // The end and not fstat, for which Apple asks an application to state a reason.
        let end = lseek(found, 0, SEEK_END)
        if end < 0 {
            close(found)
            throw unreadable("something that is not a file")
        }
        descriptor = found
        size = Int(end)
    }

    deinit { close(descriptor) }

    func read(at position: Int, count: Int) throws -> [UInt8] {
        let length = max(0, min(count, size - position))
        return try [UInt8](unsafeUninitializedCapacity: length) { into, filled in
            while filled < length {
                let rest = UnsafeMutableBufferPointer(rebasing: into[filled..<length])
                let more = pread(descriptor, rest.baseAddress, rest.count, off_t(position + filled))
                if more < 0 && errno == EINTR { continue }
                if more < 0 { throw unreadable(lastProblem()) }
                if more == 0 { return }
                filled += more
            }
        }
    }
}

private func lastProblem() -> String { String(cString: strerror(errno)) }

/// Returns the error for a source that cannot be read. The caller throws it.
func unreadable(_ reason: String) -> SatchelError {
    .bundle(expected: "a bundle that can be read", got: shown(reason, 200))
}
