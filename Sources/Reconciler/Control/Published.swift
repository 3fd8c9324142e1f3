/// A value that all threads look at all the time and that is replaced now and then. Each thread looks at its own copy, so that none waits
/// for another one's lock; what the value refers to is still counted by all.
///
/// Whoever looks after ``replace(with:)`` has returned sees the new value, on whatever thread. Meanwhile some threads see it and some the
/// one before.
///
/// Public for the same reason as ``Locked``.
@safe
public final class Published<Value: Sendable>: Sendable {
    // More than there are threads on most machines.
    @usableFromInline let copies: Shards<32, Value>
    /// Of two that replace it at once, one is first on all threads.
    private let turn = Locked(())

    /// Publishes a value.
    public init(_ value: Value) { copies = Shards { _ in value } }

    /// The present value.
    @inlinable public var current: Value { copies.withOwn { $0 } }

    /// Puts another value in place of this one.
    public func replace(with new: Value) {
        let before = turn.with { _ in
            let before = current
            copies.forEach { $0 = new }
            return before
        }
        // It may be large, and must not be ended while a thread waits for its copy.
        withExtendedLifetime(before) {}
    }
}
