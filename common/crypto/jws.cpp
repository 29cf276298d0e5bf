#include "common/crypto/jws.h"

#include "common/crypto/digest.h"
#include "common/crypto/openssl_error.h"
#include "common/crypto/pkey.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <array>
#include <optional>

namespace scoped::crypto {
namespace {

constexpr size_t kLargestCompact = 1 << 20;

using DigestContext = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;

// Where the text that begins at `at` (behind its opening quote) ends; nothing when it does not.
std::optional<size_t> end_of_text(std::string_view json, size_t at) {
  for (; at < json.size(); ++at) {
    if (json[at] == '\\')
      ++at;
    else if (json[at] == '"')
      return at;
  }
  return std::nullopt;
}

size_t skip_blanks(std::string_view json, size_t at) {
  const size_t found = json.find_first_not_of(" \t\r\n", at);
  return found == std::string_view::npos ? json.size() : found;
}

// The text of the one member "alg" at the top level of a JSON object; empty when there is none, or several,
// or it is no plain text. Whether the header is JSON at all is for the caller's parser: this folder has none.
std::string_view algorithm_of(std::string_view json) {
  std::string_view algorithm;
  int depth = 0, found = 0;
  for (size_t at = 0; at < json.size(); ++at) {
    if (json[at] == '{' || json[at] == '[') ++depth;
    if (json[at] == '}' || json[at] == ']') --depth;
    if (json[at] != '"') continue;
    const auto end = end_of_text(json, at + 1);
    if (!end) return {};
    const std::string_view text = json.substr(at + 1, *end - at - 1);
    const size_t colon = skip_blanks(json, *end + 1);
    at = *end;
    if (depth != 1 || colon >= json.size() || json[colon] != ':') continue;
    if (text.find('\\') != std::string_view::npos) return {};  // an escaped key may be "alg"
    if (text != "alg") continue;
    const size_t value = skip_blanks(json, colon + 1);
    const auto value_end =
        value < json.size() && json[value] == '"' ? end_of_text(json, value + 1) : std::nullopt;
    if (!value_end || ++found > 1) return {};
    algorithm = json.substr(value + 1, *value_end - value - 1);
  }
  return algorithm;
}

// Whether the padding is PSS; the only place that knows which algorithms there are.
Result<bool> pss_of(std::string_view header_json) {
  const std::string_view algorithm = algorithm_of(header_json);
  if (algorithm == "RS256") return false;
  if (algorithm == "PS256") return true;
  return fail(ErrorCode::invalid_input, "its header names neither RS256 nor PS256 as 'alg'");
}

bool set_padding(EVP_PKEY_CTX* context, bool pss) {
  if (!pss) return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) > 0;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool verify_signature(EVP_PKEY* key, bool pss, std::string_view signed_text, std::string_view signature) {
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* padding = nullptr;
  const bool verified =
      context &&
      EVP_DigestVerifyInit_ex(context.get(), &padding, "SHA256", nullptr, nullptr, key, nullptr) == 1 &&
      set_padding(padding, pss) &&
      EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(signed_text),
                       signed_text.size()) == 1;
  ERR_clear_error();
  return verified;
}

struct Parts {
  Jws jws;
  std::string signature;
  std::string_view signed_text;
};

Result<std::string> decode_part(std::string_view part, const char* name) {
  // RFC 7515 section 2 has no padding.
  if (part.empty() || part.find('=') != std::string_view::npos)
    return fail(ErrorCode::invalid_input, std::string("its ") + name + " is empty or padded");
  return TRY_WITH(parse_base64url(part), std::string("its ") + name);
}

Result<Parts> split(std::string_view compact) {
  const size_t first = compact.find('.');
  const size_t second = first == std::string_view::npos ? first : compact.find('.', first + 1);
  if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos)
    return fail(ErrorCode::invalid_input, "it does not have three parts");
  if (compact.size() > kLargestCompact) return fail(ErrorCode::invalid_input, "it is too long");
  Parts parts;
  parts.jws.header_json = TRY(decode_part(compact.substr(0, first), "header"));
  parts.jws.payload_json = TRY(decode_part(compact.substr(first + 1, second - first - 1), "payload"));
  parts.signature = TRY(decode_part(compact.substr(second + 1), "signature"));
  parts.signed_text = compact.substr(0, second);
  return parts;
}

Result<Jws> verify(std::string_view compact, const Certificate& signer) {
  Parts parts = TRY(split(compact));
  const bool pss = TRY(pss_of(parts.jws.header_json));
  const X509Handle certificate = TRY_WITH(read_x509(signer.pem), "signer");
  const KeyHandle key = TRY_WITH(rsa_key_of(certificate.get()), "signer");
  if (!verify_signature(key.get(), pss, parts.signed_text, parts.signature))
    return fail(ErrorCode::denied, "its signature is not by this key");
  return std::move(parts.jws);
}

}  // namespace

Result<std::string> PrivateKey::sign_compact(std::string_view header_json, std::string_view payload_json,
                                             bool pss) const {
  const auto named = pss_of(header_json);
  if (!named || *named != pss)
    return fail(ErrorCode::invalid_input,
                std::string("sign a token: its header must name ") + (pss ? "PS256" : "RS256") + " as 'alg'");
  std::string compact = base64url(header_json) + "." + base64url(payload_json);
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* padding = nullptr;
  std::string signature(static_cast<size_t>(EVP_PKEY_get_size(impl_->key.get())), '\0');
  size_t size = signature.size();
  if (!context ||
      EVP_DigestSignInit_ex(context.get(), &padding, "SHA256", nullptr, nullptr, impl_->key.get(), nullptr) !=
          1 ||
      !set_padding(padding, pss) ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes_of(compact), compact.size()) != 1)
    return fail(openssl_error(ErrorCode::internal, "sign a token"));
  signature.resize(size);
  return compact + "." + base64url(signature);
}

Result<Jws> verify_compact(std::string_view compact, const Certificate& signer) {
  return TRY_WITH(verify(compact, signer), "signed token");
}

Result<Jws> peek_compact(std::string_view compact) { return TRY_WITH(split(compact), "signed token").jws; }

}  // namespace scoped::crypto
