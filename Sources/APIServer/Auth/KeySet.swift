package import Crypto
internal import Reconciler

/// JSON Web Key Sets (RFC 7517 section 5): what verifies tokens of the API, which RSA keys sign, and tickets, which keys on P-256 do.
package enum KeySet {
    /// The set of these keys.
    static func json(_ rsa: [RSAPublicKey], _ p256: [P256PublicKey]) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("keys")
        json.beginArray()
        for key in rsa {
            json.beginObject()
            json.field("kty", "RSA")
            json.field("use", "sig")
            json.field("alg", "RS256")
            json.field("kid", key.keyID)
            json.field("n", Base64URL.encode(key.modulus))
            json.field("e", Base64URL.encode(key.exponent))
            json.endObject()
        }
        for key in p256 {
            json.beginObject()
            json.field("kty", "EC")
            json.field("use", "sig")
            json.field("alg", "ES256")
            json.field("kid", key.keyID)
            json.field("crv", "P-256")
            json.field("x", Base64URL.encode(key.x))
            json.field("y", Base64URL.encode(key.y))
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.bytes
    }

    /// Keys of one set that are taken in: a manager has one, and a second while they change.
    private static let maximumKeys = 8

    /// The keys that verify tickets in a published set; keys of other kinds are passed over, a set without any is a fault.
    package static func ticketKeys(in set: [UInt8]) throws(JSONFault) -> [P256PublicKey] {
        var keys: [P256PublicKey] = []
        var reader = JSONReader(set)
        try reader.object { (reader, name) throws(JSONFault) in
            guard name == "keys" else { return try reader.skip() }
            try reader.array { (reader) throws(JSONFault) in
                var texts: [String: String] = [:]
                try reader.object { (reader, name) throws(JSONFault) in
                    if ["kty", "alg", "crv", "x", "y"].contains(name) {
                        texts[name] = try reader.string()
                    } else {
                        try reader.skip()
                    }
                }
                guard texts["kty"] == "EC", texts["crv"] == "P-256", texts["alg"] == "ES256", keys.count < maximumKeys
                else { return }
                guard let x = Base64URL.decode((texts["x"] ?? "").utf8),
                    let y = Base64URL.decode((texts["y"] ?? "").utf8),
                    let key = try? P256PublicKey(x: x, y: y)
                else { throw reader.fault("the key is no point of P-256") }
                keys.append(key)
            }
        }
        try reader.end()
        guard !keys.isEmpty else { throw reader.fault("there is no key for tickets") }
        return keys
    }
}
