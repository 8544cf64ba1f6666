import Testing

@testable import Satchel

/// Signatures and keys: docs/bundle.md, section 2.
@Suite struct SignatureTests {
    private func hex(_ text: String) -> [UInt8] {
        let digits = Array(text)
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
    }

    private func keys() throws -> [String] { try vectors("refusals").field("keys").texts }

    @Test(
        "The tests of RFC 8032 pass, and none with another message or a bit flipped",
        arguments: [
            // Section 7.1: the public key, the message and the signature of tests 1, 2 and 3.
            [
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
                    + "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ],
            [
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
                    + "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ],
            [
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290"
                    + "ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
            ],
        ])
    func rfc8032(test: [String]) {
        let (key, message, signature) = (hex(test[0]), hex(test[1]), hex(test[2]))
        #expect(verifyEd25519(signature, message: message, key: key))
        #expect(!verifyEd25519(signature, message: message + [0], key: key))
        for bit in stride(from: 0, to: 512, by: 37) {
            var flipped = signature
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!verifyEd25519(flipped, message: message, key: key), "bit \(bit)")
        }
    }

    @Test(
        "Hashes are those of FIPS 180-4", arguments: [0, 1, 55, 56, 63, 64, 65, 111, 112, 128, 300])
    func hashes(length: Int) throws {
        let content = (0..<length).map { UInt8($0 % 251) }
        let expected = try #require(knownHashes[length])
        #expect(hexOf(sha512(content)).hasPrefix(expected.sha512))
        #expect(hexOf(Sha256.hash(content)).hasPrefix(expected.sha256))
        var own = OwnSha256()
        // In two pieces, of which the first may leave a part of a block.
        let cut = length / 3
        content[..<cut].withUnsafeBytes { own.update($0) }
        content[cut...].withUnsafeBytes { own.update($0) }
        #expect(hexOf(own.finished()).hasPrefix(expected.sha256))
    }

    @Test("Signatures and keys of another length are refused")
    func lengths() throws {
        let key = try PublicKey(parsing: keys()[0]).point
        for length in [0, 32, 63, 65] {
            #expect(!verifyEd25519([UInt8](repeating: 0, count: length), message: [], key: key))
        }
        for length in [0, 31, 33] {
            let other = [UInt8](repeating: 0, count: length)
            #expect(!verifyEd25519([UInt8](repeating: 0, count: 64), message: [], key: other))
        }
        #expect(!Point.base.isOfSmallOrder)
        #expect(Point.identity.isOfSmallOrder)
    }

    @Test("A key is read with a comment behind it and white space around it")
    func comment() throws {
        let lines = try keys()
        let key = try PublicKey(parsing: lines[0])
        #expect(try key == PublicKey(parsing: "  \(lines[0]) who signs\n"))
        #expect(try key != PublicKey(parsing: lines[1]))
        let signer = try vectors("refusals").field("bases").items.last?.field("signer").text
        #expect(signer == key.description)
    }

    @Test("Another line is no key")
    func noKey() throws {
        let key = try keys()[0]
        let lines = [
            "",
            "ssh-ed25519",
            "ssh-ed25519 AAAA",
            "ssh-ed25519 !",
            "ssh-ed25519 \u{e9}\n",
            "ssh-rsa" + key.dropFirst("ssh-ed25519".count),
            String(key.dropLast(2)),
            key + "AAAA",
            // A key of small order, because y is 0.
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + String(repeating: "A", count: 43),
            String(repeating: "x", count: 100_000),
        ]
        for line in lines {
            #expect(try errorOf { _ = try PublicKey(parsing: line) } == "InputError", "\(line)")
        }
    }
}

private func hexOf(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// The beginnings of hashes of the bytes 0, 1, … 250, 0, … by their number, by Python's hashlib.
private let knownHashes: [Int: (sha256: String, sha512: String)] = [
    0: ("e3b0c44298fc1c149afbf4c8996fb924", "cf83e1357eefb8bdf1542850d66d8007"),
    1: ("6e340b9cffb37a989ca544e6bb780a2c", "b8244d028981d693af7b456af8efa4ca"),
    55: ("463eb28e72f82e0a96c0a4cc53690c57", "6856647f269c2ee3d8128f0b25427659"),
    56: ("da2ae4d6b36748f2a318f23e7ab1dfdf", "8b12b2f6fe400a51d29656e2b8c42a1b"),
    63: ("29af2686fd53374a36b0846694cc3421", "9dc9c5598e55dc42955695320839788e"),
    64: ("fdeab9acf3710362bd2658cdc9a29e8f", "ee4320ebaf3fdb4f2c832b137200c08e"),
    65: ("4bfd2c8b6f1eec7a2afeb48b934ee4b2", "02856cef735f9acec6b9e33f0fbc8f98"),
    111: ("60780e9451bdc43cf4530ffc95cbb0c4", "a1a111449b198d9b1f538bad7f3fc102"),
    112: ("09373f127d34e61dbbaa8bc4499c8707", "c5fbd731d19d2ae1180f001be72c2c1a"),
    128: ("471fb943aa23c511f6f72f8d1652d9c8", "1dffd5e3adb71d45d2245939665521ae"),
    300: ("43f9b5d59eb108817176c6f65c2c6203", "f758e49e6fca32320310aa1b0b2e3abf"),
]
