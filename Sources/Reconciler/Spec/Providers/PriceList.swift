/// What a node costs an hour, by instance type, in the currency of the reader's bill. None is built in: prices change, and differ by
/// region and contract.
package struct PriceList: Sendable, Equatable {
    /// The key for nodes without an instance type, and for types that are not in the list.
    package static let otherTypes = "default"
    /// A higher price is a slip.
    package static let allowed: ClosedRange<Double> = 0...1_000_000

    /// By instance type, or ``otherTypes``.
    package private(set) var perHour: [String: Double] = [:]

    package init() {}

    package init(perHour: [String: Double]) { self.perHour = perHour }

    /// True when no price is known at all.
    package var isEmpty: Bool { perHour.isEmpty }

    package mutating func set(_ instanceType: String, _ price: Double) { perHour[instanceType] = price }

    /// What a node of that type costs an hour; nil when nobody said.
    package func price(of instanceType: String?) -> Double? {
        instanceType.flatMap { perHour[$0] } ?? perHour[Self.otherTypes]
    }
}
