/// An input as a card describes it, before it is in a model's dtype.
enum Prepared: Sendable {
    case image(Pixels)

    /// A row of numbers for each of the card's tensors of a text.
    case text([[Int32]])
    case latent([Float])
}

/// Prepares the inputs of a bundle's models, each once for all of them.
enum Preprocessing: Sendable {
    /// Prepares images, as docs/bundle.md, section 4, says.
    case images(ImageInput)

    /// Prepares texts, as docs/bundle.md, section 5, says.
    case texts(TextPreparation)

    /// Prepares seeds, as docs/bundle.md, section 6, says.
    case latents(LatentInput)

    /// Opens what prepares the inputs of `bundle`.
    ///
    /// - Throws: ``SatchelError/card`` for a wrong delimiter or vocabulary; ``SatchelError/bundle``
    ///   for a vocabulary that was changed; ``SatchelError/engine`` for a tokenizer that this reader
    ///   does not have.
    init(_ bundle: SatchelBundle) throws(SatchelError) {
        switch bundle.card.input {
        case .image(let input): self = .images(input)
        case .text(let input):
            self = .texts(try openTokenizer(input, bundle.read(input.tokenizer.file)))
        case .latent(let input): self = .latents(input)
        }
    }

    /// Returns a prepared image; throws ``SatchelError/input`` for one that is too large.
    func prepare(_ image: DecodedImage) throws(SatchelError) -> Prepared {
        guard case .images(let input) = self else { throw otherInput("an image") }
        return .image(try readPixels(image, input))
    }

    /// Returns a prepared text; throws ``SatchelError/input`` for one that no tokenizer takes.
    func prepare(_ text: CodePoints) throws(SatchelError) -> Prepared {
        guard case .texts(let preparation) = self else { throw otherInput("a text") }
        return .text(try preparation.rows(text))
    }

    /// Returns the latent of a seed.
    func prepare(_ seed: Seed) throws(SatchelError) -> Prepared {
        guard case .latents(let input) = self else { throw otherInput("a seed") }
        return .latent(drawLatent(seed, length: input.length))
    }
}

private func otherInput(_ got: String) -> SatchelError {
    .input(expected: "an input of the card's kind", got: got)
}

/// Returns the tensor of each input of a model, in their order, for a prepared input of a card.
///
/// - Throws: ``SatchelError/engine`` for a dtype that a model of this kind cannot have.
func modelTensors(
    _ prepared: Prepared,
    _ input: Input,
    _ spec: TensorSpec
) throws(SatchelError) -> [Tensor] {
    if case .text(let rows) = prepared, !spec.rows.isEmpty {
        return spec.rows.map { rowTensor(rows[$0], spec) }
    }
    let tensor = try modelTensor(prepared, input, spec)
    return [spec.shape.isEmpty ? tensor : tensor.reshaped(spec.shape)]
}

private func modelTensor(
    _ prepared: Prepared,
    _ input: Input,
    _ spec: TensorSpec
) throws(SatchelError) -> Tensor {
    switch (prepared, input) {
    case (.image(let pixels), .image(let input)): try imageTensor(pixels, input, spec)
    case (.text(let rows), _): rowTensor(rows[0], spec)
    case (.latent(let latent), _): try latentTensor(latent, spec)
    case (.image, _):
        throw otherInput("an image")
    }
}

/// Returns the tensor (1, length) of a row of numbers, in the dtype of the model's input.
private func rowTensor(_ row: [Int32], _ spec: TensorSpec) -> Tensor {
    let shape = [1, row.count]
    return switch spec.dtype {
    case .int32: .int32(shape: shape, row)
    case .int64: .int64(shape: shape, row.map(Int64.init))
    case .float32: .float32(shape: shape, row.map(Float.init))
    case .uint8, .int8: quantized(row.map(Float.init), shape: shape, spec)
    }
}
