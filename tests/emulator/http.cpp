#include "tests/emulator/http.h"

#include "common/crypto/digest.h"
#include "tests/emulator/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace scoped::emulator {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Plus { literal, blank };

Result<std::string> percent_decode(std::string_view text, Plus plus) {
  std::string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::blank) {
      result += ' ';
    } else if (text[i] != '%') {
      result += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return fail(ErrorCode::invalid_input, "broken %-escape");
      result += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return result;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// What follows "SCHEME " in the Authorization header.
std::optional<std::string_view> authorization(const Request& request, std::string_view scheme) {
  const std::string* header = find_field(request.headers, "authorization");
  if (header == nullptr || header->size() <= scheme.size() + 1 || (*header)[scheme.size()] != ' ' ||
      !same_name(std::string_view(*header).substr(0, scheme.size()), scheme))
    return std::nullopt;
  return std::string_view(*header).substr(scheme.size() + 1);
}

bool equal(std::string_view left, std::string_view right, Case letters) {
  return letters == Case::exact ? left == right : same_name(left, right);
}

}  // namespace

const std::string* find_field(const Fields& fields, std::string_view name) {
  for (const auto& [key, value] : fields)
    if (key == name) return &value;
  return nullptr;
}

Result<Fields> parse_form(std::string_view text) {
  Fields fields;
  for (std::string_view part : split(text, '&')) {
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    std::string key = TRY(percent_decode(part.substr(0, equals), Plus::blank));
    std::string value;
    if (equals != std::string_view::npos) value = TRY(percent_decode(part.substr(equals + 1), Plus::blank));
    fields.emplace_back(std::move(key), std::move(value));
  }
  return fields;
}

std::string percent_encode(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

Result<Request> make_request(std::string method, std::string target, Fields headers, std::string body) {
  if (target.empty() || target[0] != '/')
    return fail(ErrorCode::invalid_input, "the target does not begin with '/'");
  Request request{std::move(method), std::move(target), {}, {}, std::move(headers), std::move(body), {}, {}};
  const std::string_view whole = request.target;
  const size_t question = whole.find('?');
  for (std::string_view segment :
       split(whole.substr(1, question == std::string_view::npos ? question : question - 1), '/'))
    request.segments.push_back(TRY(percent_decode(segment, Plus::literal)));
  if (question != std::string_view::npos) request.query = TRY(parse_form(whole.substr(question + 1)));
  for (auto& [name, value] : request.headers) name = lower(name);
  return request;
}

std::optional<Fields> Request::form() const {
  const std::string* type = find_field(headers, "content-type");
  if (type == nullptr || !lower(*type).starts_with("application/x-www-form-urlencoded")) return std::nullopt;
  auto fields = parse_form(body);
  if (!fields) return std::nullopt;
  return std::move(*fields);
}

std::optional<BasicLogin> basic_login(const Request& request) {
  const auto encoded = authorization(request, "Basic");
  if (!encoded) return std::nullopt;
  const auto text = crypto::parse_base64(*encoded);
  if (!text) return std::nullopt;
  const size_t colon = text->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return BasicLogin{text->substr(0, colon), text->substr(colon + 1)};
}

std::optional<std::string> bearer_of(const Request& request) {
  const auto token = authorization(request, "Bearer");
  if (!token || token->empty()) return std::nullopt;
  return std::string(*token);
}

std::optional<std::vector<std::string>> match_path(std::string_view pattern,
                                                   const std::vector<std::string>& segments, Case letters) {
  const auto parts = split(pattern.substr(1), '/');
  const bool has_rest = std::find(parts.begin(), parts.end(), "{...}") != parts.end();
  size_t length = segments.size();
  if (letters == Case::ignored && length > parts.size() && segments.back().empty()) --length;
  if (has_rest ? length < parts.size() : length != parts.size()) return std::nullopt;
  std::vector<std::string> captures;
  size_t at = 0;
  for (std::string_view part : parts) {
    if (part == "{...}") {
      std::string rest = segments[at++];
      for (size_t more = length - parts.size(); more > 0; --more) rest += "/" + segments[at++];
      captures.push_back(std::move(rest));
    } else if (part == "{}") {
      if (segments[at].empty()) return std::nullopt;
      captures.push_back(segments[at++]);
    } else if (!equal(part, segments[at++], letters)) {
      return std::nullopt;
    }
  }
  return captures;
}

}  // namespace scoped::emulator
