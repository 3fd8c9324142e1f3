#pragma once
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

// Refuses every passphrase question: without it OpenSSL asks on the terminal for an encrypted PEM.
static inline int smr_no_passphrase(char *buffer, int size, int writing, void *context) {
    (void)buffer, (void)size, (void)writing, (void)context;
    return -1;
}

// A private key of a PEM text in memory, or NULL.
static inline EVP_PKEY *smr_read_private_key(const void *bytes, int count) {
    BIO *input = BIO_new_mem_buf(bytes, count);
    if (input == NULL) return NULL;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(input, NULL, smr_no_passphrase, NULL);
    BIO_free(input);
    return key;
}

// The PEM (PKCS #8, not encrypted) of a private key as a BIO of its bytes, or NULL; free it with BIO_free.
static inline BIO *smr_write_private_key(const EVP_PKEY *key) {
    BIO *output = BIO_new(BIO_s_secmem());
    if (output == NULL) return NULL;
    if (PEM_write_bio_PrivateKey(output, key, NULL, NULL, 0, NULL, NULL) == 1) return output;
    BIO_free(output);
    return NULL;
}

// What a memory BIO holds; BIO_get_mem_data is a macro.
static inline size_t smr_bio_bytes(BIO *bio, const char **bytes) {
    char *start = NULL;
    long count = BIO_get_mem_data(bio, &start);
    *bytes = start;
    return count > 0 ? (size_t)count : 0;
}

// OPENSSL_free is a macro.
static inline void smr_free(void *memory) {
    OPENSSL_free(memory);
}
