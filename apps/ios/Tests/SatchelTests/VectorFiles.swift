import Foundation
import Testing

@testable import Satchel

/// The folders of the repository that the tests read.
let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent()
    .appendingPathComponent("../../../..")
    .standardizedFileURL
let golden = root.appendingPathComponent("tests/golden")
let vectorFolder = golden.appendingPathComponent("conformance")

/// What a file of vectors does not have, though the tests need it.
struct MissingInVectors: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Returns the fields of a file of the conformance vectors.
func vectors(_ name: String) throws -> Json {
    try loadJson(bytes("\(name).json"), limit: Int.max)
}

/// Returns the content of a file of the conformance vectors.
func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: vectorFolder.appendingPathComponent(path)))
}

extension Json {
    /// Returns a field that the vectors must have.
    func field(_ name: String) throws -> Json {
        guard let value = try object[CodePoints(name)] else {
            throw MissingInVectors("no field \(name)")
        }
        return value
    }

    func has(_ name: String) -> Bool { (try? field(name)) != nil }

    var object: JsonObject {
        get throws {
            guard case .object(let object) = self else { throw MissingInVectors("no object") }
            return object
        }
    }

    var items: [Json] {
        get throws {
            guard case .array(let items) = self else { throw MissingInVectors("no list") }
            return items
        }
    }

    /// The text as code points, which may hold halves of surrogate pairs.
    var codePoints: CodePoints {
        get throws {
            guard case .text(let text) = self else { throw MissingInVectors("no text") }
            return text
        }
    }

    var text: String { get throws { try codePoints.string } }

    var flag: Bool {
        get throws {
            guard case .flag(let flag) = self else { throw MissingInVectors("no flag") }
            return flag
        }
    }

    var number: Double {
        get throws {
            guard let number = numberOf(self) else { throw MissingInVectors("no number") }
            return number
        }
    }

    var int: Int {
        get throws {
            guard let number = wholeNumber(self, Int.min...Int.max) else {
                throw MissingInVectors("no whole number")
            }
            return number
        }
    }

    var numbers: [Double] { get throws { try items.map { try $0.number } } }
    var ints: [Int] { get throws { try items.map { try $0.int } } }
    var texts: [String] { get throws { try items.map { try $0.text } } }

    /// The text, or nil for null.
    var textOrNil: String? {
        get throws {
            if case .null = self { return nil }
            return try text
        }
    }

    var base64: [UInt8] {
        get throws {
            guard let data = Data(base64Encoded: try text) else { throw MissingInVectors("base64") }
            return [UInt8](data)
        }
    }
}

/// An array of a `.npy` file.
struct Npy {
    let shape: [Int]
    let dtype: String
    let content: [UInt8]

    var floats: [Float] {
        content.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { at in
                let bits = bytes.loadUnaligned(fromByteOffset: 4 * at, as: UInt32.self)
                return Float(bitPattern: UInt32(littleEndian: bits))
            }
        }
    }
}

/// Returns the array in a file of version 1.0 in C order.
func npy(_ path: String) throws -> Npy {
    let file = try bytes(path)
    guard file.starts(with: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]) else {
        throw MissingInVectors("\(path) is no .npy file of version 1.0")
    }
    let end = 10 + Int(file[8]) + 256 * Int(file[9])
    let header = String(decoding: file[10..<end], as: UTF8.self)
    let parts = header.split(separator: "'", omittingEmptySubsequences: false)
    guard parts.count == 9, header.contains("'fortran_order': False"),
        let shape = parts[8].split(separator: "(").last?.split(separator: ")").first
    else { throw MissingInVectors("\(path) has the header \(header)") }
    let sides = shape.split(separator: ",").compactMap {
        Int($0.trimmingCharacters(in: .whitespaces))
    }
    return Npy(shape: sides, dtype: String(parts[3]), content: Array(file[end...]))
}

/// Returns a decoded image, uint8 (height, width, 4).
func decodedImage(_ path: String) throws -> DecodedImage {
    let array = try npy(path)
    return try DecodedImage(width: array.shape[1], height: array.shape[0], rgba: array.content)
}

/// Returns the name that the vectors give to what `act` throws; nil if it throws nothing.
func errorOf(_ act: () throws -> Void) throws -> String? {
    do {
        try act()
        return nil
    } catch let error as SatchelError {
        let line = error.description
        #expect(line.unicodeScalars.allSatisfy { $0.value >= 32 && !isLineEnd($0) }, "\(line)")
        #expect(line.hasPrefix("Expected ") && line.hasSuffix("."), "\(line)")
        #expect(line.utf16.count <= 1000, "\(line)")
        return nameInVectors(error)
    }
}

private func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
    [0x85, 0x2028, 0x2029].contains(scalar.value)
}

private func nameInVectors(_ error: SatchelError) -> String {
    switch error {
    case .bundle: "BundleError"
    case .card: "CardError"
    case .trust: "TrustError"
    case .input: "InputError"
    case .engine: "EngineError"
    }
}
