#include "common/crypto/seal.h"

#include "common/base/handle.h"
#include "common/crypto/digest.h"
#include "common/crypto/openssl_error.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <limits.h>

#include <array>

namespace scoped::crypto {
namespace {

constexpr std::string_view kMagic = "SCS1";
constexpr size_t kKey = 32, kSalt = 32, kNonce = 12, kTag = 16;
constexpr size_t kHeader = 4 + kSalt + kNonce;
constexpr size_t kLargestPlain = INT_MAX / 2;  // OpenSSL counts in int
constexpr std::string_view kSealLabel = "docker-credential-scoped seal 1";
constexpr std::string_view kIdLabel = "docker-credential-scoped key id 1";

using CipherContext = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using KdfContext = Handle<EVP_KDF_CTX, EVP_KDF_CTX_free>;

// Fetched once: every fetch by name is a search.
const EVP_CIPHER* cipher() {
  static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return algorithm;
}
EVP_KDF* hkdf() {
  static EVP_KDF* const algorithm = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  return algorithm;
}

struct Derived {
  std::array<unsigned char, kKey> bytes{};
  ~Derived() { wipe(bytes.data(), bytes.size()); }
};

OSSL_PARAM octets(const char* name, std::string_view bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

Result<> derive(const Secret& key, std::string_view salt, std::string_view label, Derived& derived) {
  if (key.size() != kKey)
    return fail(ErrorCode::invalid_input,
                "a sealing key has 32 bytes, this one " + std::to_string(key.size()));
  char digest[] = "SHA256";
  const std::array<OSSL_PARAM, 5> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      octets(OSSL_KDF_PARAM_KEY, key.reveal()), octets(OSSL_KDF_PARAM_INFO, label),
      salt.empty() ? OSSL_PARAM_construct_end() : octets(OSSL_KDF_PARAM_SALT, salt),
      OSSL_PARAM_construct_end()};
  const KdfContext context(EVP_KDF_CTX_new(hkdf()));
  if (!context || EVP_KDF_derive(context.get(), derived.bytes.data(), kKey, parameters.data()) != 1)
    return fail(openssl_error(ErrorCode::internal, "derive a sealing key"));
  return {};
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text, size_t at) {
  return reinterpret_cast<unsigned char*>(text.data() + at);
}

// One run of the cipher in either direction; a null `out` feeds associated data. Empty input would mean the
// end.
bool update(EVP_CIPHER_CTX* context, unsigned char* out, std::string_view in) {
  int written = 0;
  return in.empty() ||
         EVP_CipherUpdate(context, out, &written, bytes_of(in), static_cast<int>(in.size())) == 1;
}

bool encrypt(const Derived& key, std::string_view associated_data, std::string_view plain,
             std::string& sealed) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  const size_t end = kHeader + plain.size();
  int ignored = 0;
  return context &&
         EVP_CipherInit_ex2(context.get(), cipher(), key.bytes.data(), bytes_of(sealed, 4 + kSalt), 1,
                            nullptr) == 1 &&
         update(context.get(), nullptr, associated_data) &&
         update(context.get(), bytes_of(sealed, kHeader), plain) &&
         EVP_CipherFinal_ex(context.get(), bytes_of(sealed, end), &ignored) == 1 &&
         EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTag, bytes_of(sealed, end)) == 1;
}

bool decrypt(const Derived& key, std::string_view associated_data, std::string_view sealed,
             std::string& plain) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string tag(sealed.substr(sealed.size() - kTag));
  std::array<unsigned char, kTag> rest;
  int ignored = 0;
  return context &&
         EVP_CipherInit_ex2(context.get(), cipher(), key.bytes.data(), bytes_of(sealed.substr(4 + kSalt)), 0,
                            nullptr) == 1 &&
         update(context.get(), nullptr, associated_data) &&
         update(context.get(), bytes_of(plain, 0), sealed.substr(kHeader, plain.size())) &&
         EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1 &&
         EVP_CipherFinal_ex(context.get(), rest.data(), &ignored) == 1;
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Secret make_key(Random& random) {
  std::string key(kKey, '\0');
  random.fill(key.data(), key.size());
  std::string text = hex(key);
  wipe(key);
  std::string line;
  line.reserve(text.size() + 1);
  line.append(text).append("\n");
  wipe(text);
  return Secret::take(std::move(line));
}

Result<Secret> parse_key(const Secret& text) {
  std::string_view digits = text.reveal();
  if (digits.ends_with('\n')) digits.remove_suffix(1);
  if (digits.size() != 2 * kKey)
    return fail(ErrorCode::invalid_input, "a sealing key is 64 hex digits on one line, this text has " +
                                              std::to_string(digits.size()) + " characters");
  std::string key(kKey, '\0');
  for (size_t i = 0; i < digits.size(); ++i) {
    const int digit = digit_of(digits[i]);
    if (digit < 0) {
      wipe(key);
      return fail(ErrorCode::invalid_input,
                  "a sealing key is 64 hex digits, but character " + std::to_string(i + 1) + " is none");
    }
    key[i / 2] = static_cast<char>(static_cast<unsigned char>(key[i / 2]) << 4 | digit);
  }
  return Secret::take(std::move(key));
}

std::string key_id(const Secret& key) {
  Derived id;
  const auto done = derive(key, "", kIdLabel, id);
  CHECK_INVARIANT(done.has_value());  // REQUIRES: a key of parse_key
  return hex({reinterpret_cast<const char*>(id.bytes.data()), 8});
}

Result<std::string> seal(const Secret& key, std::string_view associated_data, std::string_view plain,
                         Random& random) {
  if (plain.size() > kLargestPlain || associated_data.size() > kLargestPlain)
    return fail(ErrorCode::invalid_input,
                "a document of " + std::to_string(plain.size()) + " bytes is too large");
  std::string sealed(kHeader + plain.size() + kTag, '\0');
  kMagic.copy(sealed.data(), kMagic.size());
  random.fill(sealed.data() + kMagic.size(), kSalt + kNonce);
  Derived derived;
  TRY(derive(key, std::string_view(sealed).substr(kMagic.size(), kSalt), kSealLabel, derived));
  if (!encrypt(derived, associated_data, plain, sealed))
    return fail(openssl_error(ErrorCode::internal, "seal"));
  return sealed;
}

Result<Secret> open(const Secret& key, std::string_view associated_data, std::string_view sealed) {
  const auto refused = [] {
    ERR_clear_error();
    return fail(ErrorCode::corrupt, "it is cut or altered, or sealed under another key or name");
  };
  if (sealed.size() < kHeader + kTag || sealed.size() > kLargestPlain ||
      associated_data.size() > kLargestPlain || !sealed.starts_with(kMagic))
    return refused();
  Derived derived;
  TRY(derive(key, sealed.substr(kMagic.size(), kSalt), kSealLabel, derived));
  std::string plain(sealed.size() - kHeader - kTag, '\0');
  const bool opened = decrypt(derived, associated_data, sealed, plain);
  Secret secret = Secret::take(std::move(plain));
  if (!opened) return refused();
  return secret;
}

}  // namespace scoped::crypto
