#if TSAN
    internal import Glibc
#else
    package import Synchronization
#endif

/// A value behind a lock, for short critical sections that never await.
///
/// A `Mutex` normally; a `pthread_mutex_t` when built with `-DTSAN`, since ThreadSanitizer does not see `Mutex`
/// and reports races that are none.
@safe
package final class Locked<Value: Sendable>: Sendable {
    #if TSAN
        // Sendable by the lock: `value` is touched only between lock and unlock of `mutex`, which never moves.
        private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>
        private nonisolated(unsafe) var value: Value

        package init(_ value: Value) {
            unsafe self.value = value
            unsafe mutex = .allocate(capacity: 1)
            unsafe pthread_mutex_init(mutex, nil)
        }

        deinit {
            unsafe pthread_mutex_destroy(mutex)
            unsafe mutex.deallocate()
        }

        package func with<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
            unsafe pthread_mutex_lock(mutex)
            defer { unsafe pthread_mutex_unlock(mutex) }
            return unsafe try body(&value)
        }
    #else
        // Inlined into other modules: for a value whose type is not known the mutex' layout is looked up at each call.
        @usableFromInline package let mutex: Mutex<Value>

        @inlinable package init(_ value: Value) {
            mutex = Mutex(value)
        }

        @inlinable package func with<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
            try mutex.withLock { value throws in try body(&value) }
        }
    #endif

    /// A copy of the value.
    @inlinable package var current: Value { with { $0 } }

    @inlinable package func replace(with new: Value) {
        with { $0 = new }
    }
}
