#if TSAN
    internal import Glibc
#else
    public import Synchronization
#endif

/// A value behind a lock, for short critical sections that never await.
///
/// A `Mutex` normally; a `pthread_mutex_t` when built with `-DTSAN`, since ThreadSanitizer does not see `Mutex`
/// and reports races that are none.
///
/// It is public, not of the package, for its functions to be inlined into other modules: only what is public can be, and a lock of a
/// value whose type is not known looks up its layout at each call.
@safe
public final class Locked<Value: Sendable>: Sendable {
    #if TSAN
        // Sendable by the lock: `value` is touched only between lock and unlock of `mutex`, which never moves.
        private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>
        private nonisolated(unsafe) var value: Value

        /// Holds a value.
        public init(_ value: Value) {
            unsafe self.value = value
            unsafe mutex = .allocate(capacity: 1)
            unsafe pthread_mutex_init(mutex, nil)
        }

        deinit {
            unsafe pthread_mutex_destroy(mutex)
            unsafe mutex.deallocate()
        }

        /// Runs `body`, which must be short, with the value.
        public func with<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
            unsafe pthread_mutex_lock(mutex)
            defer { unsafe pthread_mutex_unlock(mutex) }
            return unsafe try body(&value)
        }
    #else
        @usableFromInline let mutex: Mutex<Value>

        /// Holds a value.
        @inlinable public init(_ value: Value) {
            mutex = Mutex(value)
        }

        /// Runs `body`, which must be short, with the value.
        @inlinable public func with<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
            try mutex.withLock { value throws in try body(&value) }
        }
    #endif

    /// A copy of the value.
    @inlinable public var current: Value { with { $0 } }

    /// Puts another value in place of this one.
    @inlinable public func replace(with new: Value) {
        with { $0 = new }
    }
}
