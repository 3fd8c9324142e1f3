internal import CMaxMindDB
internal import Glibc
internal import Reconciler

/// A database in MaxMind's format (maxmind.github.io/MaxMind-DB), read by libmaxminddb, which nothing else imports.
///
/// The library maps the file into memory: the file must never be written to again while this lives, since a page that is cut off
/// ends the process. ``DatabaseCopy`` sees to that.
///
/// `@unchecked Sendable`: after the opening nothing of it changes, and the library's look-ups only read.
@safe
final class MaxMindDatabase: @unchecked Sendable {
    /// At a place of its own: what the library hands out points back to it.
    private let handle: UnsafeMutablePointer<MMDB_s>
    /// What it says it is, such as `GeoLite2-City`.
    let type: String
    /// When it was made.
    let builtAt: Timestamp

    /// Opens a file. Throws when it is none of this format, or when some of its content does not hold together.
    init(path: String) throws(DatabaseFailure) {
        unsafe handle = .allocate(capacity: 1)
        let status = unsafe MMDB_open(path, UInt32(MMDB_MODE_MMAP), handle)
        guard status == MMDB_SUCCESS else {
            unsafe handle.deallocate()
            throw DatabaseFailure("it is no database in MaxMind's format: \(Self.words(status))")
        }
        let metadata = unsafe handle.pointee.metadata
        type = unsafe metadata.database_type.map { unsafe String(cString: $0) } ?? "of no name"
        // A date beyond the year 9999 is nonsense that does no harm.
        builtAt = unsafe Timestamp(milliseconds: Int64(min(metadata.build_epoch, 253_402_300_799)) * 1000)
        try check()
    }

    deinit {
        unsafe MMDB_close(handle)
        unsafe handle.deallocate()
    }

    /// Looks at addresses from everywhere: a file whose end is whole and whose middle is not is found out by one of them, before any
    /// client is.
    private func check() throws(DatabaseFailure) {
        for number in UInt32(0)..<4096 {
            // Every 1,048,576th of IPv4, and one in each /15 of 2000::/3 as they are given out.
            let version4 = IPAddress(bits: 0xffff << 32 | UInt128(number << 20))
            let version6 = IPAddress(bits: (0x2000 << 112) + UInt128(number) << 113)
            for address in [version4, version6] {
                if case .broken(let status) = lookUp(address) {
                    throw DatabaseFailure("its content is broken: \(Self.words(status))")
                }
            }
        }
    }

    private static func words(_ status: CInt) -> String {
        unsafe MMDB_strerror(status).map { unsafe String(cString: $0) } ?? "error \(status)"
    }

    // MARK: - Look-ups

    private enum Finding {
        case place(GeoPoint)
        case nothing
        /// The library's code for what is wrong with the content.
        case broken(CInt)
    }

    /// The place of an address; nil when the database has none for it.
    func place(of address: IPAddress) -> GeoPoint? {
        if case .place(let point) = lookUp(address) { return point }
        return nil
    }

    private func lookUp(_ address: IPAddress) -> Finding {
        var status = CInt(MMDB_SUCCESS)
        var result = unsafe address.withSocketAddress { pointer in
            unsafe MMDB_lookup_sockaddr(handle, pointer, &status)
        }
        // A database of IPv4 addresses knows no others.
        if status == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR { return .nothing }
        guard status == MMDB_SUCCESS else { return .broken(status) }
        guard unsafe result.found_entry else { return .nothing }
        let latitude = unsafe coordinate("latitude", &result.entry, &status)
        let longitude = unsafe coordinate("longitude", &result.entry, &status)
        guard status == MMDB_SUCCESS else { return .broken(status) }
        guard let latitude, let longitude, abs(latitude) <= 90, abs(longitude) <= 180 else { return .nothing }
        return .place(GeoPoint(latitude: latitude, longitude: longitude))
    }

    /// `location.latitude` and the like; nil where an entry has none, which is no failure.
    private func coordinate(_ name: StaticString, _ entry: inout MMDB_entry_s, _ status: inout CInt) -> Double? {
        var data = unsafe MMDB_entry_data_s()
        let code = name.withUTF8Buffer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { inner in
                unsafe smr_mmdb_get(&entry, &data, "location", inner.baseAddress)
            }
        }
        switch code {
        case MMDB_SUCCESS: break
        case MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR, MMDB_INVALID_LOOKUP_PATH_ERROR: return nil
        default:
            status = code
            return nil
        }
        guard unsafe data.has_data else { return nil }
        switch unsafe CInt(data.type) {
        case MMDB_DATA_TYPE_DOUBLE: return unsafe data.double_value
        case MMDB_DATA_TYPE_FLOAT: return unsafe Double(data.float_value)
        case MMDB_DATA_TYPE_INT32: return unsafe Double(data.int32)
        case MMDB_DATA_TYPE_UINT16: return unsafe Double(data.uint16)
        case MMDB_DATA_TYPE_UINT32: return unsafe Double(data.uint32)
        default: return nil
        }
    }
}

extension IPAddress {
    /// Calls `body` with this address as sockets have it.
    fileprivate func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>) -> Result) -> Result {
        if isVersion4 {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(truncatingIfNeeded: bits).bigEndian
            return unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0) }
            }
        }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        unsafe withUnsafeMutableBytes(of: &address.sin6_addr) { bytes in
            unsafe bytes.storeBytes(of: bits.bigEndian, as: UInt128.self)
        }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0) }
        }
    }
}
