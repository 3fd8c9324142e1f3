#if TSAN
    internal import Glibc
#else
    internal import Synchronization
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
        private let mutex: Mutex<Value>

        package init(_ value: Value) {
            mutex = Mutex(value)
        }

        package func with<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
            try mutex.withLock { value throws in try body(&value) }
        }
    #endif

    /// A copy of the value.
    package var current: Value { with { $0 } }

    package func replace(with new: Value) {
        with { $0 = new }
    }
}
