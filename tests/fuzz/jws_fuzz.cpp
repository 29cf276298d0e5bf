// links: crypto
// A compact token that can be taken apart is put together again as it was; only the signed one verifies.
#include "common/crypto/digest.h"
#include "common/crypto/jws.h"

#include <stddef.h>
#include <stdint.h>

using namespace scoped;

namespace {

struct Signer {
  crypto::PrivateKey key = crypto::PrivateKey::make_rsa(2048).value();
  crypto::Certificate certificate =
      crypto::make_certificate(key, {"signer", {}, {}, from_unix_seconds(0), from_unix_seconds(1), false},
                               nullptr, nullptr)
          .value();
  std::string token = key.sign_compact(R"({"alg":"RS256"})", "{}", false).value();
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Signer signer;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto parts = crypto::peek_compact(text)) {
    const std::string again =
        crypto::base64url(parts->header_json) + "." + crypto::base64url(parts->payload_json) + ".";
    CHECK_INVARIANT(text.starts_with(again));
  }
  CHECK_INVARIANT(!crypto::verify_compact(text, signer.certificate) || text == signer.token);

  // A header that signing accepts is one that verifying accepts.
  for (const bool pss : {false, true})
    if (const auto token = signer.key.sign_compact(text, "{}", pss))
      CHECK_INVARIANT(crypto::verify_compact(*token, signer.certificate).value().header_json == text);

  const size_t signature = signer.token.rfind('.') + 1;
  const std::string forged = signer.token.substr(0, signature) + crypto::base64url(text);
  CHECK_INVARIANT(!crypto::verify_compact(forged, signer.certificate) || forged == signer.token);
  const auto other = crypto::verify_compact(
      crypto::base64url(text) + signer.token.substr(signer.token.find('.')), signer.certificate);
  CHECK_INVARIANT(!other || text == R"({"alg":"RS256"})");
  return 0;
}
