/// A value that all threads look at all the time and that is replaced now and then. Each thread looks at its own copy, so that none waits
/// for another.
///
/// Whoever looks after ``replace(with:)`` has returned sees the new value, on whatever thread.
@safe
public final class Published<Value: Sendable>: Sendable {
    @usableFromInline let copies: Shards<32, Value>

    /// Publishes a value.
    public init(_ value: Value) { copies = Shards { _ in value } }

    /// The present value.
    @inlinable public var current: Value { copies.withOwn { $0 } }

    /// Puts another value in place of this one.
    public func replace(with new: Value) { copies.forEach { $0 = new } }
}
