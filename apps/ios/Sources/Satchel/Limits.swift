/// The limits of what a file may ask for. docs/reliability.md says what each of them prevents.
enum Limits {
    /// The largest size of a bundle, in bytes.
    static let archiveBytes = 1 << 30

    /// The largest number of files in a bundle.
    static let entries = 1000

    /// The largest number of characters in the name of an entry.
    static let nameLength = 100

    /// The largest size of card.json and of the golden vectors' file, in bytes.
    static let cardBytes = 4 << 20

    /// The largest depth of objects and lists inside each other. A card needs one less.
    static let jsonDepth = 16

    /// The largest number of models in a bundle.
    static let models = 100

    /// The largest number of labels of a classifier.
    static let labels = 100_000

    /// The largest height and width of a model's input or output image, in pixels.
    static let side = 8192

    /// The largest number of pixels of a model's output image.
    static let outputPixels = 1 << 24

    /// The largest number of pixels of an image, also between the two passes of a resize.
    static let pixels = 89_478_485

    /// The largest number of token ids or of latent numbers that a model takes.
    static let length = 65_536

    /// The largest number of tokens in a vocabulary.
    static let vocabulary = 1_000_000

    /// The largest size of a vocabulary that is a JSON list, in bytes.
    static let vocabularyBytes = 1 << 26

    /// The largest number of characters in a token.
    static let tokenLength = 200

    /// The largest number of characters in a text.
    static let textLength = 1 << 24
}
