#include "common/crypto/openssl_error.h"
#include "common/crypto/pkey.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace scoped::crypto {
namespace {

constexpr int kVersion3 = 2;
constexpr int kSerialBits = 127;  // positive and at most 20 octets, as RFC 5280 section 4.1.2.2 wants it

struct NamesDeleter {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
using Names = std::unique_ptr<GENERAL_NAMES, NamesDeleter>;

tl::unexpected<Error> unmade(std::string what) {
  return fail(openssl_error(ErrorCode::internal, "make a certificate: " + std::move(what)));
}

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (char c : name)
    if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-' &&
        c != '.' && c != '*' && c != '_')
      return false;
  return true;
}

Result<> add_name(GENERAL_NAMES* names, int type, void* value) {
  GENERAL_NAME* name = GENERAL_NAME_new();
  if (name == nullptr) return unmade("its names");
  GENERAL_NAME_set0_value(name, type, value);
  if (sk_GENERAL_NAME_push(names, name) > 0) return {};
  GENERAL_NAME_free(name);
  return unmade("its names");
}

Result<Names> alternative_names(const CertificateRequest& request) {
  Names names(GENERAL_NAMES_new());
  if (!names) return unmade("its names");
  for (const std::string& host : request.dns_names) {
    if (!is_host_name(host)) return fail(ErrorCode::invalid_input, "'" + host + "' is no DNS name");
    ASN1_IA5STRING* text = ASN1_IA5STRING_new();
    if (text == nullptr || ASN1_STRING_set(text, host.data(), static_cast<int>(host.size())) != 1)
      return unmade("its names");
    TRY(add_name(names.get(), GEN_DNS, text));
  }
  for (const std::string& address : request.ip_addresses) {
    ASN1_OCTET_STRING* bytes = a2i_IPADDRESS(address.c_str());
    if (bytes == nullptr)
      return fail(openssl_error(ErrorCode::invalid_input, "'" + address + "' is no IP address"));
    TRY(add_name(names.get(), GEN_IPADD, bytes));
  }
  return names;
}

Result<> set_serial(X509* certificate) {
  const Handle<BIGNUM, BN_free> number(BN_new());
  if (!number || BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) != 1 ||
      BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) == nullptr)
    return unmade("its serial number");
  return {};
}

Result<> set_times(X509* certificate, const CertificateRequest& request) {
  if (request.not_after <= request.not_before)
    return fail(ErrorCode::invalid_input, "a certificate that ends before it begins");
  if (ASN1_TIME_set(X509_getm_notBefore(certificate), unix_seconds(request.not_before)) == nullptr ||
      ASN1_TIME_set(X509_getm_notAfter(certificate), unix_seconds(request.not_after)) == nullptr)
    return unmade("its times");
  return {};
}

Result<> set_subject(X509* certificate, const CertificateRequest& request) {
  X509_NAME* name = X509_get_subject_name(certificate);
  if (X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(request.common_name.data()),
                                 static_cast<int>(request.common_name.size()), -1, 0) == 1)
    return {};
  return fail(openssl_error(ErrorCode::invalid_input,
                            "common name '" + request.common_name.substr(0, 80) + "' is empty or too long"));
}

Result<> add_extension(X509* certificate, X509* issuer, int type, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Handle<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_nconf_nid(nullptr, &context, type, value));
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1)
    return unmade(std::string("extension ") + OBJ_nid2sn(type));
  return {};
}

// What Go's x509 and OpenSSL want of a server's certificate and of the authority above it.
Result<> add_extensions(X509* certificate, X509* issuer, const CertificateRequest& request) {
  struct Row {
    int type;
    const char* of_authority;
    const char* of_server;  // null: not there
  };
  static constexpr Row kRows[] = {
      {NID_basic_constraints, "critical,CA:TRUE", "critical,CA:FALSE"},
      {NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign",
       "critical,digitalSignature,keyEncipherment"},
      {NID_ext_key_usage, nullptr, "serverAuth"},
      {NID_subject_key_identifier, "hash", "hash"},
      {NID_authority_key_identifier, "keyid", "keyid"},
  };
  for (const Row& row : kRows) {
    const char* value = request.authority ? row.of_authority : row.of_server;
    if (value != nullptr) TRY(add_extension(certificate, issuer, row.type, value));
  }
  const Names names = TRY(alternative_names(request));
  if (sk_GENERAL_NAME_num(names.get()) > 0 &&
      X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) != 1)
    return unmade("its names");
  return {};
}

// A certificate of its own issues itself.
Result<> set_issuer(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
  if (issuer != certificate && X509_check_private_key(issuer, issuer_key) != 1)
    return fail(
        openssl_error(ErrorCode::invalid_input, "the issuer's key is not the key of its certificate"));
  if (X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) != 1) return unmade("its issuer");
  return {};
}

Result<Certificate> texts_of(X509* certificate) {
  const Handle<BIO, BIO_free> text(BIO_new(BIO_s_mem()));
  if (!text || PEM_write_bio_X509(text.get(), certificate) != 1) return unmade("its PEM form");
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  Certificate texts;
  texts.pem.assign(data, static_cast<size_t>(size));
  const int length = i2d_X509(certificate, nullptr);
  if (length <= 0) return unmade("its DER form");
  texts.der.resize(static_cast<size_t>(length));
  unsigned char* end = reinterpret_cast<unsigned char*>(texts.der.data());
  i2d_X509(certificate, &end);
  return texts;
}

}  // namespace

Result<Certificate> make_certificate(const PrivateKey& key, const CertificateRequest& request,
                                     const Certificate* issuer, const PrivateKey* issuer_key) {
  if ((issuer == nullptr) != (issuer_key == nullptr))
    return fail(ErrorCode::invalid_input, "an issuer needs its certificate and its key");
  const X509Handle made(X509_new());
  if (!made || X509_set_version(made.get(), kVersion3) != 1 ||
      X509_set_pubkey(made.get(), key.impl().key.get()) != 1)
    return unmade("its key");
  X509Handle above;
  if (issuer != nullptr) above = TRY_WITH(read_x509(issuer->pem), "issuer");
  X509* const by = above ? above.get() : made.get();
  EVP_PKEY* const signer = (issuer_key != nullptr ? *issuer_key : key).impl().key.get();
  TRY(set_serial(made.get()));
  TRY(set_times(made.get(), request));
  TRY(set_subject(made.get(), request));
  TRY(set_issuer(made.get(), by, signer));
  TRY(add_extensions(made.get(), by, request));
  if (X509_sign(made.get(), signer, EVP_sha256()) <= 0) return unmade("its signature");
  return texts_of(made.get());
}

Result<Certificate> parse_certificate(std::string_view pem) {
  const X509Handle certificate = TRY(read_x509(pem));
  return texts_of(certificate.get());
}

}  // namespace scoped::crypto
