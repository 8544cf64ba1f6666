import Foundation

@testable import Satchel

/// Writes a line for each case of the vectors that passed to the file that SATCHEL_PASSED names, for
/// the table of `make conformance-table`.
enum Passed {
    private static let lock = NSLock()

    static func count(_ each: VectorCase) {
        guard let path = ProcessInfo.processInfo.environment["SATCHEL_PASSED"] else { return }
        lock.withLock {
            guard let file = FileHandle(forWritingAtPath: path) else { return }
            file.seekToEndOfFile()
            file.write(Data("\(each.file) \(each.list) \(each.at)\n".utf8))
            file.closeFile()
        }
    }
}
