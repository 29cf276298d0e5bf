#include "common/crypto/client_certificate.h"

#include "common/crypto/openssl_error.h"
#include "common/crypto/pkey.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <string.h>
#include <time.h>

namespace scoped::crypto {
namespace {

constexpr size_t kLargest = 1 << 20;

struct Parts {
  KeyHandle key;
  X509Handle certificate;
};

tl::unexpected<Error> wrong(std::string what) {
  return fail(openssl_error(ErrorCode::invalid_input, std::move(what)));
}

// OpenSSL asks for a passphrase; nobody at a terminal is asked.
int give_password(char* buffer, int size, int, void* given) {
  const auto* password = static_cast<const Secret*>(given);
  if (password->empty() || password->size() > static_cast<size_t>(size)) return -1;
  memcpy(buffer, password->reveal().data(), password->size());
  return static_cast<int>(password->size());
}

Handle<BIO, BIO_free> reader_of(std::string_view bytes) {
  return Handle<BIO, BIO_free>(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

// A file may hold a chain: the certificate is the first that belongs to the key.
Result<Parts> read_pem(std::string_view pem, const Secret& password) {
  const auto keys = reader_of(pem);
  Parts parts;
  parts.key =
      KeyHandle(PEM_read_bio_PrivateKey(keys.get(), nullptr, &give_password, const_cast<Secret*>(&password)));
  if (!parts.key) return wrong("no private key in PEM form, or its password is wrong");
  const auto certificates = reader_of(pem);
  bool any = false;
  while (true) {
    X509Handle certificate(PEM_read_bio_X509(certificates.get(), nullptr, &give_password, nullptr));
    if (!certificate) break;
    any = true;
    if (X509_check_private_key(certificate.get(), parts.key.get()) != 1) continue;
    parts.certificate = std::move(certificate);
    return parts;
  }
  return any ? wrong("the private key is not the certificate's") : wrong("no certificate in PEM form");
}

// How long a DER document says that it is; 0 where it is none.
size_t der_length(std::string_view bytes) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.size() < 4 || byte(0) != 0x30 || byte(1) < 0x81 || byte(1) > 0x83) return 0;
  const size_t count = byte(1) - 0x80u;
  size_t length = 0;
  for (size_t i = 0; i < count && i + 2 < bytes.size(); ++i) length = length << 8 | byte(2 + i);
  return length + 2 + count;
}

Result<Parts> read_pfx(std::string_view bytes, const Secret& password) {
  std::string whole;
  if (der_length(bytes) == bytes.size() + 1) bytes = whole = std::string(bytes) + "\n";
  const auto reader = reader_of(bytes);
  const Handle<PKCS12, PKCS12_free> document(d2i_PKCS12_bio(reader.get(), nullptr));
  wipe(whole);
  if (!document) return wrong("neither PEM nor PFX");
  const Secret text = Secret::take(std::string(password.reveal()) + '\0');
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  const bool opened = PKCS12_parse(document.get(), text.reveal().data(), &key, &certificate, nullptr) == 1;
  Parts parts{KeyHandle(key), X509Handle(certificate)};
  if (!opened) return wrong("the PFX does not open: its password is wrong, or it is damaged");
  if (!parts.key || !parts.certificate) return wrong("the PFX lacks a private key or its certificate");
  return parts;
}

Instant instant_of(const ASN1_TIME* time) {
  tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return Instant{};
  return from_unix_seconds(timegm(&parts));
}

Result<std::string> der_of(X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  if (size <= 0) return wrong("the certificate cannot be written");
  std::string der(reinterpret_cast<char*>(bytes), static_cast<size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

Result<std::string> pem_of(X509* certificate) {
  const Handle<BIO, BIO_free> text(BIO_new(BIO_s_mem()));
  if (!text || PEM_write_bio_X509(text.get(), certificate) != 1)
    return wrong("the certificate cannot be written");
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

Result<PrivateKey> private_key_of(const KeyHandle& key) {
  const Handle<BIO, BIO_free> text(BIO_new(BIO_s_secmem()));  // wiped when it is freed
  if (!text ||
      PEM_write_bio_PKCS8PrivateKey(text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return wrong("the private key cannot be read");
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return PrivateKey::parse_pem(Secret(std::string_view(data, static_cast<size_t>(size))));
}

}  // namespace

Result<ClientCertificate> parse_client_certificate(const Secret& bytes, const Secret& password) {
  if (bytes.empty() || bytes.size() > kLargest)
    return fail(ErrorCode::invalid_input, "it is empty or larger than 1 MiB");
  const bool is_pem = bytes.reveal().find("-----BEGIN") != std::string_view::npos;
  const Parts parts = TRY(is_pem ? read_pem(bytes.reveal(), password) : read_pfx(bytes.reveal(), password));
  PrivateKey key = TRY(private_key_of(parts.key));
  Certificate certificate;
  certificate.pem = TRY(pem_of(parts.certificate.get()));
  certificate.der = TRY(der_of(parts.certificate.get()));
  return ClientCertificate{std::move(key), std::move(certificate),
                           instant_of(X509_get0_notBefore(parts.certificate.get())),
                           instant_of(X509_get0_notAfter(parts.certificate.get()))};
}

Result<> check_pair(std::string_view certificate, const Secret& key) {
  if (certificate.size() > kLargest || key.size() > kLargest)
    return fail(ErrorCode::invalid_input, "a text is larger than 1 MiB");
  Secret none;
  const auto certificates = reader_of(certificate), keys = reader_of(key.reveal());
  const X509Handle shown(PEM_read_bio_X509(certificates.get(), nullptr, &give_password, &none));
  if (!shown) return wrong("no certificate in PEM form");
  const KeyHandle ours(PEM_read_bio_PrivateKey(keys.get(), nullptr, &give_password, &none));
  if (!ours) return wrong("no private key in PEM form, or it has a password");
  if (X509_check_private_key(shown.get(), ours.get()) != 1)
    return wrong("the private key is not the certificate's");
  return {};
}

std::string sha1_thumbprint(const Certificate& certificate) {
  std::string bytes(20, '\0');
  unsigned size = 0;
  const bool made =
      EVP_Digest(certificate.der.data(), certificate.der.size(),
                 reinterpret_cast<unsigned char*>(bytes.data()), &size, EVP_sha1(), nullptr) == 1;
  CHECK_INVARIANT(made && size == bytes.size());
  return bytes;
}

}  // namespace scoped::crypto
