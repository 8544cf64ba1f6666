@testable import Satchel

/// Numbers by chance that are the same in every run.
struct Chance: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// Returns a number from 0 to `end - 1`.
    mutating func below(_ end: Int) -> Int { Int.random(in: 0..<end, using: &self) }

    /// Returns the side of an image, 1 to `most` pixels.
    mutating func side(_ most: Int = 40) -> Int { 1 + below(most) }
}
