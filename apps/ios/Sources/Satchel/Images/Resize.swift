// The resize of docs/bundle.md, section 4: Pillow's antialiased bilinear filter in integers, in two
// passes, with the same bits.

private let precisionBits: Int32 = 22
private let half: Int32 = 1 << (precisionBits - 1)

/// The weights of a pass from `n` to `m` values, as integers of 22 bits.
struct Weights {
    /// The first old value for each new value.
    let first: [Int]

    /// The number of old values for each new value.
    let count: [Int]

    /// The weights of the old values, in ``stride`` places for each new value.
    let weights: [Int32]
    let stride: Int
}

/// Returns the weights of a pass from `n` to `m` values.
func weightsOf(_ n: Int, _ m: Int) -> Weights {
    let scale = Double(n) / Double(m)
    let support = max(scale, 1)
    let stride = Int(support.rounded(.up)) * 2 + 1
    var first = [Int](repeating: 0, count: m)
    var count = [Int](repeating: 0, count: m)
    var weights = [Int32](repeating: 0, count: m * stride)
    var shares = [Double](repeating: 0, count: stride)
    for i in 0..<m {
        let centre = (Double(i) + 0.5) * scale
        let begin = max(0, Int(centre - support + 0.5))
        let end = min(n, Int(centre + support + 0.5))
        var sum = 0.0
        for x in begin..<end {
            // Pillow multiplies by the inverse, which a division would not always equal.
            let share = max(0, 1 - abs((Double(x) - centre + 0.5) * (1 / support)))
            shares[x - begin] = share
            sum += share
        }
        for at in 0..<end - begin {
            let weight = 0.5 + shares[at] / sum * Double(Int32(1) << precisionBits)
            weights[i * stride + at] = Int32(weight)
        }
        first[i] = begin
        count[i] = end - begin
    }
    return Weights(first: first, count: count, weights: weights, stride: stride)
}

// The sums are never negative and only a little above 2^30, so they fit 32 bits without a check.

/// Writes the pass of a row of pixels, 3 bytes each, to `weights.first.count` pixels.
func resizeRow(
    _ row: UnsafeBufferPointer<UInt8>,
    _ weights: Weights,
    into: UnsafeMutableBufferPointer<UInt8>
) {
    weights.weights.withUnsafeBufferPointer { levels in
        for column in 0..<weights.first.count {
            var from = 3 * weights.first[column]
            var red = half
            var green = half
            var blue = half
            let begin = column * weights.stride
            for at in begin..<begin + weights.count[column] {
                let weight = levels[at]
                red &+= weight &* Int32(row[from])
                green &+= weight &* Int32(row[from + 1])
                blue &+= weight &* Int32(row[from + 2])
                from += 3
            }
            into[3 * column] = clipped(red)
            into[3 * column + 1] = clipped(green)
            into[3 * column + 2] = clipped(blue)
        }
    }
}

/// Returns the pass of all columns of an image, whose rows have `rowBytes` bytes.
func resizeColumns(_ rgb: [UInt8], rowBytes: Int, _ weights: Weights) -> [UInt8] {
    let rows = weights.first.count
    var resized = [UInt8](repeating: 0, count: rowBytes * rows)
    var sums = [Int32](repeating: 0, count: rowBytes)
    rgb.withUnsafeBufferPointer { from in
        sums.withUnsafeMutableBufferPointer { sums in
            resized.withUnsafeMutableBufferPointer { into in
                for row in 0..<rows {
                    sums.update(repeating: half)
                    for at in 0..<weights.count[row] {
                        let begin = (weights.first[row] + at) * rowBytes
                        let level = UnsafeBufferPointer(rebasing: from[begin..<begin + rowBytes])
                        addRow(level, weights.weights[row * weights.stride + at], sums)
                    }
                    for column in 0..<rowBytes {
                        into[row * rowBytes + column] = clipped(sums[column])
                    }
                }
            }
        }
    }
    return resized
}

/// Adds a row, times its weight, to the sums. A loop of its own is one that a compiler unrolls.
private func addRow(
    _ row: UnsafeBufferPointer<UInt8>,
    _ weight: Int32,
    _ sums: UnsafeMutableBufferPointer<Int32>
) {
    for column in 0..<sums.count { sums[column] &+= weight &* Int32(row[column]) }
}

/// Returns the level of a sum.
private func clipped(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: min(sum >> precisionBits, 255))
}
