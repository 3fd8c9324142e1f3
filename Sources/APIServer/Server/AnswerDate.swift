internal import Glibc

/// The value of an answer's `Date` field: `Sat, 28 Nov 2026 18:35:57 GMT` (RFC 9110 sections 5.6.7 and 6.6.1).
enum AnswerDate {
    /// Bytes of it.
    static let length = 29

    /// Seconds since 1970, by a clock that is right to some 4 ms and read for a tenth of the price of an exact one.
    static var now: Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME_COARSE, &time)
        return time.tv_sec
    }

    /// Writes the date of a moment into a space of ``length`` bytes. The process is in the C locale, which has the names that RFC 9110 wants.
    static func write(_ second: Int, into space: UnsafeMutableRawBufferPointer) {
        var parts = unsafe tm()
        var second = second
        guard unsafe gmtime_r(&second, &parts) != nil else { return }
        // strftime writes a zero behind it.
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: length + 1) { text in
            guard let start = text.baseAddress,
                unsafe strftime(start, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts) == length
            else { return }
            unsafe space.copyMemory(from: UnsafeRawBufferPointer(start: start, count: length))
        }
    }
}
