internal import Glibc
#if !TSAN
    public import Synchronization
#endif

/// `count` values side by side in one object, each behind a lock of its own, so that threads hardly ever meet: who knows which of them is
/// meant counts no reference on the way, and no two are on one cache line.
///
/// Public for the same reason as ``Locked``.
@safe
public final class Shards<let count: Int, Value: Sendable>: Sendable {
    #if TSAN
        private let cells: InlineArray<count, Locked<Value>>

        /// Makes each value, by its index.
        public init(_ make: (Int) -> Value) { cells = InlineArray { Locked(make($0)) } }

        /// Runs `body`, which must be short, with one of the values.
        public func with<Result>(_ index: Int, _ body: (inout Value) throws -> Result) rethrows -> Result {
            try cells[index].with(body)
        }
    #else
        /// One value and its lock.
        @usableFromInline struct Cell: ~Copyable, Sendable {
            @usableFromInline let mutex: Mutex<Value>
            // With a lock it fills a line, so that the next value is on another.
            private let room = InlineArray<8, UInt64>(repeating: 0)

            @usableFromInline init(_ value: Value) { mutex = Mutex(value) }
        }

        @usableFromInline let cells: InlineArray<count, Cell>

        /// Makes each value, by its index.
        public init(_ make: (Int) -> Value) { cells = InlineArray { Cell(make($0)) } }

        /// Runs `body`, which must be short, with one of the values.
        @inlinable public func with<Result>(_ index: Int, _ body: (inout Value) throws -> Result) rethrows -> Result {
            try cells[index].mutex.withLock { value throws in try body(&value) }
        }
    #endif

    /// Runs `body`, which must be short, with the calling thread's value. Two threads may share one: that costs time, nothing else.
    @inlinable public func withOwn<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        try with(Int(truncatingIfNeeded: ThreadMark.current % UInt64(count)), body)
    }

    /// Those of all values.
    public var indices: Range<Int> { 0..<count }

    /// Runs `body` with each of them, one after the other.
    @inlinable public func forEach(_ body: (inout Value) throws -> Void) rethrows {
        for index in 0..<count { try with(index, body) }
    }
}

/// A number of 32 bits by which threads are told apart.
@usableFromInline
enum ThreadMark {
    @usableFromInline static var current: UInt64 {
        // Addresses of threads differ in their middle bits.
        (UInt64(pthread_self()) >> 12 &* 0x9e37_79b9_7f4a_7c15) >> 32
    }
}
