internal import COpenSSL

/// The one door to OpenSSL 3's libcrypto: values in, values out. Nothing else imports it.
///
/// libcrypto may be called from any thread, as long as no object that a call changes is shared; every context here
/// lives within one call. Its error queue is per thread, and each failing call here empties it.
enum OpenSSL {
    /// The SHA-256 of `bytes`. It fails only for want of memory, which stops a Swift process everywhere.
    static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        let digest = unsafe [UInt8](unsafeUninitializedCapacity: Digest.count) { output, count in
            unsafe bytes.withUnsafeBufferPointer { input in
                let done = unsafe EVP_Digest(input.baseAddress, input.count, output.baseAddress, nil, EVP_sha256(), nil)
                precondition(done == 1, "SHA-256 failed: \(errorText())")
            }
            count = Digest.count
        }
        return digest
    }

    /// The HMAC-SHA-256 of `message` under `key`; an empty key is one too.
    static func hmacSHA256(key: [UInt8], message: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Digest.count) { output, count in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe message.withUnsafeBufferPointer { input in
                    let done = unsafe HMAC(
                        EVP_sha256(), key.baseAddress, CInt(key.count), input.baseAddress, input.count,
                        output.baseAddress, nil)
                    unsafe precondition(done != nil, "HMAC-SHA-256 failed: \(errorText())")
                }
            }
            count = Digest.count
        }
    }

    /// `count` bytes of the generator for this thread; a generator that fails stops the process.
    static func randomBytes(_ count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { output, written in
            let done = unsafe RAND_bytes(output.baseAddress, CInt(count))
            precondition(done == 1, "the random generator failed: \(errorText())")
            written = count
        }
    }

    /// Whether two arrays of the same count are equal.
    static func equalInConstantTime(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        unsafe a.withUnsafeBufferPointer { a in
            unsafe b.withUnsafeBufferPointer { b in unsafe CRYPTO_memcmp(a.baseAddress, b.baseAddress, a.count) == 0 }
        }
    }

    /// scrypt with N = `n`; throws when it would need more than `memoryLimit` bytes.
    static func scrypt(
        password: [UInt8], salt: [UInt8], n: UInt64, r: UInt64, p: UInt64, memoryLimit: UInt64, count: Int
    ) throws(CryptoFailure) -> [UInt8] {
        var done: CInt = 0
        // The call takes NULL for "only check the parameters", so an empty password needs an address too.
        let key = unsafe (password + [0]).withUnsafeBytes { bytes in
            let characters = unsafe bytes.assumingMemoryBound(to: CChar.self)
            return unsafe salt.withUnsafeBufferPointer { salt in
                unsafe [UInt8](unsafeUninitializedCapacity: count) { output, written in
                    unsafe done = EVP_PBE_scrypt(
                        characters.baseAddress, password.count, salt.baseAddress, salt.count, n, r, p, memoryLimit,
                        output.baseAddress, count)
                    written = done == 1 ? count : 0
                }
            }
        }
        guard done == 1 else { throw .failed("scrypt failed: \(errorText())") }
        return key
    }

    /// OpenSSL's own words for what failed last on this thread; empties the thread's error queue.
    static func errorText() -> String {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0, let reason = unsafe ERR_reason_error_string(code) else { return "no reason given" }
        return unsafe String(cString: reason)
    }
}

extension OpenSSL {
    /// The kinds of keys that are used here.
    enum KeyKind {
        case rsa
        /// On the curve P-256 of NIST, which OpenSSL calls prime256v1.
        case p256
    }

    /// An `EVP_PKEY` that holds an RSA key or one on P-256.
    ///
    /// `@unchecked Sendable`: the pointer never changes, and the key behind it is not changed after `init`. OpenSSL 3
    /// counts its references atomically and locks its caches (man 7 openssl-threads: an object that is not changed may be
    /// used by several threads at once); each signature and verification makes its own `EVP_MD_CTX`.
    @safe
    final class Key: @unchecked Sendable {
        private let pointer: OpaquePointer

        /// Takes over the caller's reference.
        private init(owning pointer: OpaquePointer) {
            unsafe self.pointer = unsafe pointer
        }

        deinit { unsafe EVP_PKEY_free(pointer) }

        /// Reads an unencrypted private key of that kind; an encrypted one is refused, never asked for on the terminal.
        convenience init(pem: String, _ kind: KeyKind) throws(CryptoFailure) {
            // A PEM of 8192 bits has 6,500 bytes; the bound keeps the count within C's int.
            let bytes = Array(pem.utf8)
            guard bytes.count <= 65_536 else { throw .badKey("a PEM text of \(bytes.count) bytes is no key of ours") }
            let read = unsafe bytes.withUnsafeBytes { unsafe smr_read_private_key($0.baseAddress, CInt($0.count)) }
            guard let read = unsafe read else {
                throw .badKey("the text is no unencrypted PEM private key: \(errorText())")
            }
            unsafe self.init(owning: read)
            switch kind {
            case .rsa:
                let isRSA = unsafe EVP_PKEY_get_base_id(pointer) == EVP_PKEY_RSA
                guard isRSA else { throw .badKey("the PEM text holds a key of another kind than RSA") }
            case .p256:
                guard isP256 else { throw .badKey("the PEM text holds a key of another kind than P-256") }
            }
        }

        /// Draws a key with the exponent 65537.
        static func generateRSA(bits: Int) throws(CryptoFailure) -> Key {
            let context = unsafe EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nil)
            defer { unsafe EVP_PKEY_CTX_free(context) }
            var made: OpaquePointer?
            let done =
                unsafe EVP_PKEY_keygen_init(context) == 1
                && EVP_PKEY_CTX_set_rsa_keygen_bits(context, CInt(bits)) == 1 && EVP_PKEY_keygen(context, &made) == 1
            guard done, let made = unsafe made else { throw .failed("making an RSA key failed: \(errorText())") }
            return unsafe Key(owning: made)
        }

        /// Draws a key on P-256.
        static func generateP256() throws(CryptoFailure) -> Key {
            let context = unsafe EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil)
            defer { unsafe EVP_PKEY_CTX_free(context) }
            var made: OpaquePointer?
            let done =
                unsafe EVP_PKEY_keygen_init(context) == 1
                && EVP_PKEY_CTX_set_group_name(context, "prime256v1") == 1 && EVP_PKEY_keygen(context, &made) == 1
            guard done, let made = unsafe made else { throw .failed("making a P-256 key failed: \(errorText())") }
            return unsafe Key(owning: made)
        }

        /// The public key with these coordinates, 32 bytes each; throws when no such point is on the curve.
        convenience init(p256X x: [UInt8], y: [UInt8]) throws(CryptoFailure) {
            guard x.count == 32, y.count == 32 else { throw .badKey("a coordinate of P-256 has 32 bytes") }
            // SubjectPublicKeyInfo (RFC 5480) of an uncompressed point: for this curve all before the point is fixed.
            let der: [UInt8] =
                [
                    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
                    0x86,
                    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
                ] + x + y
            let read = unsafe der.withUnsafeBufferPointer { bytes in
                var position = bytes.baseAddress
                return unsafe d2i_PUBKEY(nil, &position, CLong(bytes.count))
            }
            guard let read = unsafe read else { throw .badKey("the coordinates are no point of P-256: \(errorText())") }
            unsafe self.init(owning: read)
        }

        private var isP256: Bool {
            guard unsafe EVP_PKEY_get_base_id(pointer) == EVP_PKEY_EC else { return false }
            var name = [CChar](repeating: 0, count: 64)
            var count = 0
            guard unsafe EVP_PKEY_get_group_name(pointer, &name, name.count, &count) == 1 else {
                ERR_clear_error()
                return false
            }
            return name.prefix(count).map { UInt8(bitPattern: $0) } == Array("prime256v1".utf8)
        }

        /// The public point, 32 bytes each, big-endian.
        func publicPoint() throws(CryptoFailure) -> (x: [UInt8], y: [UInt8]) {
            (try coordinate(OSSL_PKEY_PARAM_EC_PUB_X), try coordinate(OSSL_PKEY_PARAM_EC_PUB_Y))
        }

        private func coordinate(_ name: String) throws(CryptoFailure) -> [UInt8] {
            let short = try number(name)
            guard short.count <= 32 else { throw .failed("the number '\(name)' of a key has \(short.count) bytes") }
            return [UInt8](repeating: 0, count: 32 - short.count) + short
        }

        /// The size of the modulus.
        var bits: Int { unsafe Int(EVP_PKEY_get_bits(pointer)) }

        /// The private key as PKCS #8. Writing to memory fails only for want of memory, which stops a Swift process everywhere.
        var pem: String {
            guard let output = unsafe smr_write_private_key(pointer) else {
                preconditionFailure("writing a key as PEM failed: \(OpenSSL.errorText())")
            }
            defer { unsafe BIO_free(output) }
            var start: UnsafePointer<CChar>?
            let count = unsafe smr_bio_bytes(output, &start)
            return unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
        }

        /// A key of its own that holds the public numbers and nothing secret, by way of its DER form.
        func publicHalf() throws(CryptoFailure) -> Key {
            var der: UnsafeMutablePointer<UInt8>?
            let count = unsafe i2d_PUBKEY(pointer, &der)
            defer { unsafe smr_free(der) }
            var position = unsafe UnsafePointer(der)
            guard count > 0, let key = unsafe d2i_PUBKEY(nil, &position, CLong(count)) else {
                throw .failed("taking the public half of a key failed: \(errorText())")
            }
            return unsafe Key(owning: key)
        }

        /// Both big-endian, without leading zeros.
        func publicNumbers() throws(CryptoFailure) -> (modulus: [UInt8], exponent: [UInt8]) {
            (try number(OSSL_PKEY_PARAM_RSA_N), try number(OSSL_PKEY_PARAM_RSA_E))
        }

        private func number(_ name: String) throws(CryptoFailure) -> [UInt8] {
            var number: OpaquePointer?
            let done = unsafe EVP_PKEY_get_bn_param(pointer, name, &number)
            defer { unsafe BN_free(number) }
            guard done == 1 else { throw .failed("reading the number '\(name)' of a key failed: \(errorText())") }
            let size = unsafe Int((BN_num_bits(number) + 7) / 8)
            return unsafe [UInt8](unsafeUninitializedCapacity: size) { output, written in
                unsafe written = Int(BN_bn2bin(number, output.baseAddress))
            }
        }

        /// With SHA-256: RSASSA-PKCS1-v1_5, the default padding of an RSA key; ECDSA in its DER form.
        func sign(_ message: [UInt8]) throws(CryptoFailure) -> [UInt8] {
            let context = unsafe EVP_MD_CTX_new()
            defer { unsafe EVP_MD_CTX_free(context) }
            var size = unsafe Int(EVP_PKEY_get_size(pointer))
            var done = unsafe EVP_DigestSignInit(context, nil, EVP_sha256(), nil, pointer) == 1
            let signature = unsafe [UInt8](unsafeUninitializedCapacity: size) { output, written in
                if done {
                    done = unsafe message.withUnsafeBufferPointer {
                        unsafe EVP_DigestSign(context, output.baseAddress, &size, $0.baseAddress, $0.count) == 1
                    }
                }
                written = done ? size : 0
            }
            guard done else { throw .failed("signing failed: \(errorText())") }
            return signature
        }

        /// False also for what cannot be a signature of this key at all.
        func verify(signature: [UInt8], message: [UInt8]) -> Bool {
            let context = unsafe EVP_MD_CTX_new()
            defer { unsafe EVP_MD_CTX_free(context) }
            guard unsafe EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, pointer) == 1 else {
                ERR_clear_error()
                return false
            }
            let valid = unsafe signature.withUnsafeBufferPointer { signature in
                unsafe message.withUnsafeBufferPointer { message in
                    unsafe EVP_DigestVerify(
                        context, signature.baseAddress, signature.count, message.baseAddress, message.count)
                }
            }
            // 0 is a wrong signature, under 0 one that cannot be one; both leave words in the error queue.
            if valid != 1 { ERR_clear_error() }
            return valid == 1
        }
    }

    /// The two numbers of an ECDSA signature in its DER form, 32 bytes each: ES256's form (RFC 7518 section 3.4). Nil for what is
    /// no such signature.
    static func rawSignature(der: [UInt8]) -> [UInt8]? {
        let read = unsafe der.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            return unsafe d2i_ECDSA_SIG(nil, &position, CLong(bytes.count))
        }
        guard let signature = unsafe read else {
            ERR_clear_error()
            return nil
        }
        defer { unsafe ECDSA_SIG_free(signature) }
        let (r, s) = unsafe (ECDSA_SIG_get0_r(signature), ECDSA_SIG_get0_s(signature))
        var isWhole = false
        let raw = unsafe [UInt8](unsafeUninitializedCapacity: 64) { output, written in
            guard let start = output.baseAddress else { return }
            // A number that does not fit is refused by OpenSSL.
            isWhole = unsafe BN_bn2binpad(r, start, 32) == 32 && BN_bn2binpad(s, start + 32, 32) == 32
            written = isWhole ? 64 : 0
        }
        return isWhole ? raw : nil
    }

    /// The other way; nil unless there are 64 bytes.
    static func derSignature(raw: [UInt8]) -> [UInt8]? {
        guard raw.count == 64, let signature = unsafe ECDSA_SIG_new() else { return nil }
        defer { unsafe ECDSA_SIG_free(signature) }
        let isSet = unsafe raw.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            let (r, s) = unsafe (BN_bin2bn(start, 32, nil), BN_bin2bn(start + 32, 32, nil))
            if unsafe ECDSA_SIG_set0(signature, r, s) == 1 { return true }
            // The signature has not taken them over.
            unsafe BN_free(r)
            unsafe BN_free(s)
            return false
        }
        var der: UnsafeMutablePointer<UInt8>?
        let count = isSet ? unsafe i2d_ECDSA_SIG(signature, &der) : 0
        defer { unsafe smr_free(der) }
        guard count > 0 else {
            ERR_clear_error()
            return nil
        }
        return unsafe Array(UnsafeBufferPointer(start: der, count: Int(count)))
    }
}
