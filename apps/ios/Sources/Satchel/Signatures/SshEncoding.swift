import Foundation

// OpenSSH's binary encoding: RFC 4251 and RFC 8709.

let algorithm = [UInt8]("ssh-ed25519".utf8)

/// Returns `content` behind its length, `string` of RFC 4251. It has fewer than 2^32 bytes.
func sshString(_ content: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: content.count).bigEndian) { $0 + content }
}

/// Returns a key of 32 bytes in the encoding that OpenSSH writes as base64.
func sshEncoding(_ point: [UInt8]) -> [UInt8] { sshString(algorithm) + sshString(point) }

/// Returns the bytes of a text in canonical base64; nil for any other text.
func fromBase64(_ text: String) -> [UInt8]? {
    guard let content = Data(base64Encoded: text), toBase64([UInt8](content)) == text else {
        return nil
    }
    return [UInt8](content)
}

/// Returns bytes in base64, on one line.
func toBase64(_ content: [UInt8]) -> String { Data(content).base64EncodedString() }
