/// A record of a ``StateDocument``, which is read field by field; other fields are errors.
protocol StateRecord {
    associatedtype Keys: StateKey
    init(_ values: KeyedDecodingContainer<Keys>) throws
}

/// A record that refuses what it does not know.
struct StrictRecord<Record: StateRecord>: Decodable {
    let record: Record

    init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(of: Record.Keys.self)
        record = try Record(try decoder.container(keyedBy: Record.Keys.self))
    }
}

extension KeyedDecodingContainer where Key: StateKey {
    func text(_ key: Key) throws -> String { try decode(String.self, forKey: key) }

    func time(_ key: Key) throws -> Timestamp? { try decodeIfPresent(Timestamp.self, forKey: key) }

    /// A whole number, within the range that the key's field has.
    func integer(_ key: Key) throws -> Int? {
        guard let value = try decodeIfPresent(Int.self, forKey: key) else { return nil }
        try check(value, key)
        return value
    }

    func requiredInteger(_ key: Key) throws -> Int {
        let value = try decode(Int.self, forKey: key)
        try check(value, key)
        return value
    }

    func integers(_ key: Key) throws -> [Int]? {
        let values = try decodeIfPresent([Int].self, forKey: key)
        for value in values ?? [] { try check(value, key) }
        return values
    }

    private func check(_ value: Int, _ key: Key) throws {
        let range: ClosedRange<Int>
        switch key.field.shape {
        case .integer(let own), .list(.integer(let own)): range = own
        default: return
        }
        guard range.contains(value) else {
            throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "\(value) is out of range")
        }
    }

    func record<Record: StateRecord>(_ key: Key) throws -> Record? {
        try decodeIfPresent(StrictRecord<Record>.self, forKey: key)?.record
    }

    func records<Record: StateRecord>(_ key: Key) throws -> [Record]? {
        try decodeIfPresent([StrictRecord<Record>].self, forKey: key)?.map(\.record)
    }
}

extension Decoder {
    /// Throws for the first key of this object that `Keys` does not name; ``StateFault`` finds the words.
    func refuseUnknownKeys<Keys: StateKey>(of type: Keys.Type) throws {
        for key in try container(keyedBy: AnyKey.self).allKeys where Keys(stringValue: key.stringValue) == nil {
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: "unknown field '\(key.stringValue)'"))
        }
    }
}

struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int?
    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }
    init(intValue: Int) {
        stringValue = "\(intValue)"
        self.intValue = intValue
    }
}
