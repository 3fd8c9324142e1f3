/// The JSON answer to publish and subscribe, its node's part prebuilt: nothing but the stream's name is escaped per request.
///
/// The five fields of the overview come first, in its order (reference/stream-manager-overview.txt).
package struct RouteAnswerBytes: Sendable {
    private let beforeScope: [UInt8]
    private let afterName: [UInt8]

    package init(node: NodeID, group: String, region: String, address: String, endpoint: Endpoint) {
        beforeScope = Array("{\"serverAddress\":\(Self.quoted(address)),\"scope\":\"".utf8)
        let host = address.contains(":") ? "[\(address)]" : address
        let url = Self.quoted("\(endpoint.protocol)://\(host):\(endpoint.port)/").dropLast()
        afterName = Array(
            """
            ","port":\(endpoint.port),"protocol":\(Self.quoted(endpoint.protocol)),"nodeId":\(Self.quoted(node.rawValue)),\
            "nodeGroup":\(Self.quoted(group)),"region":\(Self.quoted(region)),"url":\(url)
            """.utf8)
    }

    package func json(for stream: StreamKey) -> [UInt8] {
        if let json = plainJSON(for: stream) { return json }
        var out: [UInt8] = []
        out.reserveCapacity(
            beforeScope.count + afterName.count + 2 * (stream.scope.utf8.count + stream.name.utf8.count) + 24)
        out += beforeScope
        Self.escape(stream.scope.utf8, into: &out)
        Self.beforeName.withUTF8Buffer { unsafe out.append(contentsOf: $0) }
        Self.escape(stream.name.utf8, into: &out)
        out += afterName
        Self.percentEncode(stream.scope.utf8, into: &out)
        out.append(UInt8(ascii: "/"))
        Self.percentEncode(stream.name.utf8, into: &out)
        out += "\"}".utf8
        return out
    }

    /// The same for names of which nothing is escaped, as nearly all are: looked at once, and copied to their places. Nil for others.
    private func plainJSON(for stream: StreamKey) -> [UInt8]? {
        let made = unsafe stream.scope.utf8.withContiguousStorageIfAvailable { scope in
            unsafe stream.name.utf8.withContiguousStorageIfAvailable { name -> [UInt8]? in
                // What stays as it is in a URL does so in JSON.
                guard unsafe scope.allSatisfy(Self.isUnreserved), unsafe name.allSatisfy(Self.isUnreserved) else {
                    return nil
                }
                return unsafe plainJSON(UnsafeRawBufferPointer(scope), UnsafeRawBufferPointer(name))
            }
        }
        return (made ?? nil) ?? nil
    }

    private func plainJSON(_ scope: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer) -> [UInt8] {
        let names = scope.count + name.count
        let count = beforeScope.count + Self.beforeName.utf8CodeUnitCount + afterName.count + 2 * names + 3
        var json: [UInt8] = []
        json.reserveCapacity(count)
        // Put together on the stack: one part after the other, each would look at the array anew.
        unsafe withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { out in
            var end = 0
            unsafe Self.put(beforeScope, into: out, &end)
            unsafe Self.put(scope, into: out, &end)
            Self.beforeName.withUTF8Buffer { unsafe Self.put(UnsafeRawBufferPointer($0), into: out, &end) }
            unsafe Self.put(name, into: out, &end)
            unsafe Self.put(afterName, into: out, &end)
            unsafe Self.put(scope, into: out, &end)
            unsafe out[end] = UInt8(ascii: "/")
            end += 1
            unsafe Self.put(name, into: out, &end)
            precondition(end + 2 == count, "RouteAnswerBytes: the parts are shorter than was counted")
            unsafe (out[end], out[end + 1]) = (UInt8(ascii: "\""), UInt8(ascii: "}"))
            unsafe json.append(contentsOf: out)
        }
        return json
    }

    /// Copies bytes to their place, for which room was counted.
    private static func put(
        _ bytes: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer, _ end: inout Int
    ) {
        precondition(bytes.count <= out.count - end, "RouteAnswerBytes: the parts are longer than was counted")
        guard let from = bytes.baseAddress, let to = out.baseAddress else { return }
        unsafe to.advanced(by: end).copyMemory(from: from, byteCount: bytes.count)
        end += bytes.count
    }

    private static func put(_ bytes: [UInt8], into out: UnsafeMutableRawBufferPointer, _ end: inout Int) {
        unsafe bytes.withUnsafeBytes { unsafe put($0, into: out, &end) }
    }

    private static var beforeName: StaticString { "\",\"name\":\"" }

    /// A JSON string literal.
    package static func quoted(_ text: String) -> String {
        var out: [UInt8] = [UInt8(ascii: "\"")]
        escape(text.utf8, into: &out)
        out.append(UInt8(ascii: "\""))
        return String(decoding: out, as: UTF8.self)
    }

    /// JSON string escaping (RFC 8259 section 7).
    package static func escape(_ text: some Sequence<UInt8>, into out: inout [UInt8]) {
        // Most need nothing: then it is one copy.
        if append(text, to: &out, where: isPlain) { return }
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                out.append(UInt8(ascii: "\\"))
                out.append(byte)
            case 0..<0x20:
                out += "\\u00".utf8
                out.append(hexDigits[Int(byte >> 4)])
                out.append(hexDigits[Int(byte & 15)])
            default: out.append(byte)
            }
        }
    }

    /// Percent-encoding of a URL path; '/' stays, since stream names may hold paths (RFC 3986 section 2.3).
    package static func percentEncode(_ text: some Sequence<UInt8>, into out: inout [UInt8]) {
        if append(text, to: &out, where: isUnreserved) { return }
        for byte in text {
            if isUnreserved(byte) {
                out.append(byte)
            } else {
                out.append(UInt8(ascii: "%"))
                out.append(hexDigits[Int(byte >> 4)])
                out.append(hexDigits[Int(byte & 15)])
            }
        }
    }

    /// Appends a text whose bytes are at hand, if all of them are so; false when nothing was appended.
    private static func append(
        _ text: some Sequence<UInt8>, to out: inout [UInt8], where isSo: (UInt8) -> Bool
    ) -> Bool {
        let isDone = text.withContiguousStorageIfAvailable { bytes in
            guard unsafe bytes.allSatisfy(isSo) else { return false }
            unsafe out.append(contentsOf: bytes)
            return true
        }
        return isDone ?? false
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    private static let hexDigits = Array("0123456789ABCDEF".utf8)
}
