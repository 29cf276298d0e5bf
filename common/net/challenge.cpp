#include "common/net/challenge.h"

#include <algorithm>

namespace scoped::net {
namespace {

constexpr size_t kLongest = 16 << 10;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

bool is_token_character(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
         kOthers.find(c) != std::string_view::npos;
}

// Reads from the front of what is left.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_blanks() {
    while (take(' ') || take('\t')) continue;
  }
  // Blanks and the commas of empty elements.
  void skip_separators() {
    skip_blanks();
    while (take(',')) skip_blanks();
  }
  std::string_view token() {
    const auto* end = std::find_if_not(rest_.begin(), rest_.end(), is_token_character);
    const std::string_view found = rest_.substr(0, static_cast<size_t>(end - rest_.begin()));
    rest_.remove_prefix(found.size());
    return found;
  }
  // A value that is no quoted text ends at a blank or a comma: some servers send addresses without quotes.
  std::optional<std::string> value() {
    if (!take('"')) {
      const size_t end = std::min(rest_.find_first_of(" \t,\""), rest_.size());
      const std::string_view found = rest_.substr(0, end);
      rest_.remove_prefix(end);
      return std::string(found);
    }
    std::string text;
    while (!rest_.empty()) {
      if (take('"')) return text;
      if (take('\\') && rest_.empty()) break;
      text += rest_.front();
      rest_.remove_prefix(1);
    }
    return std::nullopt;
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::string_view Challenge::find(std::string_view name) const {
  for (const auto& [key, value] : parameters)
    if (key == name) return value;
  return {};
}

std::optional<Challenge> parse_bearer_challenge(std::string_view header) {
  if (header.size() > kLongest) return std::nullopt;
  std::optional<Challenge> bearer;
  bool in_bearer = false;
  Cursor cursor(header);
  for (cursor.skip_separators(); !cursor.at_end(); cursor.skip_separators()) {
    const std::string name = lowered(cursor.token());
    if (name.empty()) return std::nullopt;
    cursor.skip_blanks();
    if (!cursor.take('=')) {  // the name of a scheme
      if (in_bearer) break;
      in_bearer = name == "bearer";
      if (in_bearer) bearer.emplace();
      continue;
    }
    cursor.skip_blanks();
    auto value = cursor.value();
    if (!value) return std::nullopt;
    if (in_bearer) bearer->parameters.emplace_back(name, std::move(*value));
  }
  return bearer;
}

std::optional<Challenge> bearer_challenge(const Response& answer) {
  for (const auto& [name, value] : answer.headers)
    if (lowered(name) == "www-authenticate")
      if (auto challenge = parse_bearer_challenge(value)) return challenge;
  return std::nullopt;
}

void tell_refused(Authorizer& identity, const Response& answer) {
  const auto challenge = bearer_challenge(answer);
  const std::string_view claims = challenge ? challenge->find("claims") : std::string_view();
  if (claims.empty())
    identity.refused();
  else
    identity.refused_for(std::string(claims));
}

}  // namespace scoped::net
