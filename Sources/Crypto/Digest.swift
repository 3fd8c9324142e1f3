/// Digests, signatures, password hashes and random bytes, by OpenSSL.
