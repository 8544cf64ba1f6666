// The kind `sentencepiece`: docs/bundle.md, section 5. This reader has no such tokenizer.

private let model = Form.file(ending: ".model")

/// Returns the tokenizer that a card describes; throws ``SatchelError/card``.
func parseSentencePiece(_ fields: Fields) throws(SatchelError) -> SentencePieceSpec {
    SentencePieceSpec(
        model: try fields.form("model", model),
        start: try fields.tokenId("start"),
        end: try fields.tokenId("end"),
        pad: try fields.int("pad", tokenIds, missing: 0))
}

/// Returns the error for a bundle with such a tokenizer. The caller throws it.
func refused(_ spec: SentencePieceSpec) -> SatchelError {
    .engine(
        expected: "a tokenizer that this reader has",
        got: "sentencepiece (\(shown(spec.model, 110)))",
        remedy: "use the Python runtime for this bundle")
}
