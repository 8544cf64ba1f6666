import Satchel

/// The arguments of a command: its name, what it works on, and its options.
struct Arguments {
    let command: String
    let bundle: String
    let inputs: [String]
    let top: Int
    let isJson: Bool
    let isExact: Bool
    let isText: Bool
    let model: String?

    static let usage = """
        usage: satchel-swift run BUNDLE INPUT... [--top K] [--json] [--exact] [--text] [--model FILE]
               satchel-swift selftest BUNDLE [--model FILE]
               satchel-swift info BUNDLE
               satchel-swift evaluate BUNDLE FOLDER [--model FILE] > answers.jsonl

        SATCHEL_LITERT, SATCHEL_LITERT_VERSION and SATCHEL_ONNX name the engines' shared libraries.
        """

    /// Reads the arguments behind the program's name.
    ///
    /// - Throws: ``SatchelError/input`` for a command, an option or a number of inputs that is not
    ///   one of ``usage``.
    init(_ words: [String]) throws(SatchelError) {
        var values: [String: String] = [:]
        var flags: Set<String> = []
        var plain: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--json", "--exact", "--text": flags.insert(word)
            case "--top", "--model":
                guard let value = rest.popFirst() else {
                    throw wrong("a value behind \(word)", "none")
                }
                values[word] = value
            case _ where word.hasPrefix("--"): throw wrong("an option", word)
            default: plain.append(word)
            }
        }
        let commands = ["run", "selftest", "info", "evaluate"]
        guard let command = plain.first, commands.contains(command) else {
            throw wrong("one of \(commands.joined(separator: ", "))", plain.first ?? "nothing")
        }
        guard plain.count > 1 else { throw wrong("a bundle", "none") }
        let least = command == "run" || command == "evaluate" ? 1 : 0
        let most = command == "run" ? Int.max : least
        guard (least...most).contains(plain.count - 2) else {
            throw wrong("\(least) inputs behind the bundle", "\(plain.count - 2)")
        }
        guard let top = Int(values["--top"] ?? "3"), top >= 1 else {
            throw wrong("a whole number of at least 1 for --top", values["--top"] ?? "")
        }
        self.command = command
        self.bundle = plain[1]
        self.inputs = Array(plain.dropFirst(2))
        self.top = top
        self.isJson = flags.contains("--json")
        self.isExact = flags.contains("--exact")
        self.isText = flags.contains("--text")
        self.model = values["--model"]
    }
}

private func wrong(_ expected: String, _ got: String) -> SatchelError {
    let line = String(
        String.UnicodeScalarView(got.unicodeScalars.filter { $0.value >= 32 }.prefix(80)))
    return .input(expected: expected, got: line, remedy: "see satchel-swift without arguments")
}
