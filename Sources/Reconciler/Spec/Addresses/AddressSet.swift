/// The addresses of some blocks, to be asked on every request: a binary search, however many blocks there are.
package struct AddressSet: Sendable, Equatable {
    /// Apart, in order, without overlaps.
    private let version4: [ClosedRange<UInt128>]
    private let version6: [ClosedRange<UInt128>]

    /// The addresses of these blocks.
    package init(_ blocks: [AddressBlock] = []) {
        version4 = Self.merged(blocks.filter(\.isVersion4).map(\.range))
        version6 = Self.merged(blocks.filter { !$0.isVersion4 }.map(\.range))
    }

    private static func merged(_ ranges: [ClosedRange<UInt128>]) -> [ClosedRange<UInt128>] {
        var result: [ClosedRange<UInt128>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }

    /// True when it holds no address.
    package var isEmpty: Bool { version4.isEmpty && version6.isEmpty }

    /// Whether the address is in one of the blocks.
    package func contains(_ address: IPAddress) -> Bool {
        let ranges = address.isVersion4 ? version4 : version6
        // The last range that begins at or before the address.
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].lowerBound <= address.bits { low = middle + 1 } else { high = middle }
        }
        return low > 0 && ranges[low - 1].contains(address.bits)
    }
}
