#include "common/crypto/pkey.h"

#include "common/crypto/openssl_error.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <limits.h>

namespace scoped::crypto {
namespace {

constexpr int kSmallestRsa = 2048, kLargestRsa = 8192;
constexpr size_t kLargestPem = 1 << 20;

// An encrypted key is an error: nobody is asked for a passphrase.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

void free_key(evp_pkey_st* key) { EVP_PKEY_free(key); }
void free_x509(x509_st* certificate) { X509_free(certificate); }

Result<> check_rsa(const evp_pkey_st* key) {
  if (EVP_PKEY_is_a(key, "RSA") != 1) return fail(ErrorCode::invalid_input, "the key is not an RSA key");
  const int bits = EVP_PKEY_get_bits(key);
  if (bits >= kSmallestRsa && bits <= kLargestRsa) return {};
  return fail(ErrorCode::invalid_input, "an RSA key of " + std::to_string(bits) + " bits, expected " +
                                            std::to_string(kSmallestRsa) + " to " +
                                            std::to_string(kLargestRsa));
}

PrivateKey::PrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

Result<PrivateKey> PrivateKey::make_rsa(int bits) {
  if (bits < kSmallestRsa || bits > kLargestRsa)
    return fail(ErrorCode::invalid_input,
                "no RSA key of " + std::to_string(bits) + " bits: use 2048 or more");
  KeyHandle key(EVP_RSA_gen(static_cast<unsigned>(bits)));
  if (!key) return fail(openssl_error(ErrorCode::internal, "make an RSA key"));
  return PrivateKey(std::make_unique<Impl>(Impl{std::move(key)}));
}

Result<PrivateKey> PrivateKey::parse_pem(const Secret& pem) {
  const size_t size = pem.size() < kLargestPem ? pem.size() : 0;
  const Handle<BIO, BIO_free> text(BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(size)));
  if (size == 0 || !text) return fail(openssl_error(ErrorCode::invalid_input, "no private key in PEM form"));
  KeyHandle key(PEM_read_bio_PrivateKey(text.get(), nullptr, &no_passphrase, nullptr));
  if (!key) return fail(openssl_error(ErrorCode::invalid_input, "no private key in PEM form"));
  TRY(check_rsa(key.get()));
  return PrivateKey(std::make_unique<Impl>(Impl{std::move(key)}));
}

Secret PrivateKey::pem() const {
  const Handle<BIO, BIO_free> text(BIO_new(BIO_s_secmem()));  // wiped when it is freed
  const bool written = text != nullptr && PEM_write_bio_PKCS8PrivateKey(text.get(), impl_->key.get(), nullptr,
                                                                        nullptr, 0, nullptr, nullptr) == 1;
  CHECK_INVARIANT(written);
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return Secret(std::string_view(data, static_cast<size_t>(size)));
}

Result<X509Handle> read_x509(std::string_view pem) {
  const size_t size = pem.size() < kLargestPem ? pem.size() : 0;
  const Handle<BIO, BIO_free> text(BIO_new_mem_buf(pem.data(), static_cast<int>(size)));
  X509Handle certificate(
      size == 0 || !text ? nullptr : PEM_read_bio_X509(text.get(), nullptr, &no_passphrase, nullptr));
  if (!certificate) return fail(openssl_error(ErrorCode::invalid_input, "no certificate in PEM form"));
  return certificate;
}

Result<KeyHandle> rsa_key_of(x509_st* certificate) {
  KeyHandle key(X509_get_pubkey(certificate));
  if (!key) return fail(openssl_error(ErrorCode::invalid_input, "the certificate's key cannot be read"));
  TRY(check_rsa(key.get()));
  return key;
}

}  // namespace scoped::crypto
