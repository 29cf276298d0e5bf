#include "common/crypto/digest.h"

#include <openssl/evp.h>

#include <array>

namespace scoped::crypto {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kForUrls = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr uint8_t kNone = 0xff;

using Reverse = std::array<uint8_t, 256>;
constexpr Reverse reverse_of(std::string_view alphabet) {
  Reverse values{};
  for (uint8_t& value : values) value = kNone;
  for (size_t i = 0; i < alphabet.size(); ++i)
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<uint8_t>(i);
  return values;
}
constexpr Reverse kStandardValues = reverse_of(kStandard);
constexpr Reverse kUrlValues = reverse_of(kForUrls);

// The alphabet's digits for every 6 bits, the last ones filled up with zeros.
std::string encode(std::string_view bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  unsigned pending = 0;
  int bits = 0;
  for (char c : bytes) {
    pending = pending << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) text += alphabet[pending >> (bits - 6) & 0x3f];
  }
  if (bits > 0) text += alphabet[pending << (6 - bits) & 0x3f];
  return text;
}

// `digits` without padding. Refuses a length or last bits that no encoder makes.
Result<std::string> decode(std::string_view digits, const Reverse& values) {
  if (digits.size() % 4 == 1) return fail(ErrorCode::invalid_input, "base64 text is cut");
  std::string bytes;
  bytes.reserve(digits.size() / 4 * 3 + 2);
  unsigned pending = 0;
  int bits = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    const uint8_t value = values[static_cast<unsigned char>(digits[i])];
    if (value == kNone)
      return fail(ErrorCode::invalid_input, "character " + std::to_string(i + 1) + " is not base64");
    pending = (pending << 6 | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(pending >> bits & 0xff);
  }
  if ((pending & ((1U << bits) - 1)) != 0)
    return fail(ErrorCode::invalid_input, "base64 text ends in bits that mean nothing");
  return bytes;
}

std::string_view without_padding(std::string_view text) {
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return text;
}

// Fetched once: every fetch by name is a search.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::string digest(32, '\0');
  const int done = EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()),
                              nullptr, sha256_algorithm(), nullptr);
  CHECK_INVARIANT(done == 1);
  return digest;
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

std::string base64(std::string_view bytes) {
  std::string text = encode(bytes, kStandard);
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string base64url(std::string_view bytes) { return encode(bytes, kForUrls); }

Result<std::string> parse_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail(ErrorCode::invalid_input, "base64 text is cut or lacks its padding");
  return decode(without_padding(text), kStandardValues);
}

Result<std::string> parse_base64url(std::string_view text) {
  if (text.ends_with('=') && text.size() % 4 != 0)
    return fail(ErrorCode::invalid_input, "base64 text is cut or has the wrong padding");
  return decode(without_padding(text), kUrlValues);
}

}  // namespace scoped::crypto
