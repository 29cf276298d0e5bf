#include "tests/emulator/names.h"

#include <algorithm>

namespace scoped::emulator {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

bool is_name(std::string_view name, std::string_view beside_letters_and_digits) {
  return name.size() >= 5 && name.size() <= 50 && std::all_of(name.begin(), name.end(), [&](char c) {
           return is_letter(c) || is_digit(c) || beside_letters_and_digits.find(c) != std::string_view::npos;
         });
}

// What may stand between two runs of letters and digits: one '.', one or two '_', any number of '-'.
bool is_separator(std::string_view text) {
  return text == "." || text == "_" || text == "__" ||
         (!text.empty() && text.find_first_not_of('-') == std::string_view::npos);
}

bool is_repository_part(std::string_view part) {
  const auto is_plain = [](char c) { return is_lower(c) || is_digit(c); };
  if (part.empty() || !is_plain(part.front()) || !is_plain(part.back())) return false;
  for (size_t i = 0; i < part.size();) {
    if (is_plain(part[i])) {
      ++i;
      continue;
    }
    size_t end = i;
    while (!is_plain(part[end])) ++end;  // the last character is plain
    if (!is_separator(part.substr(i, end - i))) return false;
    i = end;
  }
  return true;
}

// Calls `each` for every part between two separators; false as soon as one call says so.
template <typename Each>
bool every_part(std::string_view text, char separator, Each each) {
  while (true) {
    const size_t at = text.find(separator);
    if (!each(text.substr(0, at))) return false;
    if (at == std::string_view::npos) return true;
    text.remove_prefix(at + 1);
  }
}

bool is_pattern(std::string_view text) {
  if (text == "*") return true;
  if (text.ends_with("/*")) text.remove_suffix(2);
  return is_repository(text);
}

struct Grammar {
  std::string_view prefix;
  Action::Kind kind;
  bool (*is_target)(std::string_view);
  std::array<std::string_view, 5> operations;
};

constexpr std::array<Grammar, 2> kGrammars = {
    Grammar{"repositories/",
            Action::Kind::repository,
            is_pattern,
            {"content/read", "content/write", "content/delete", "metadata/read", "metadata/write"}},
    Grammar{"gateway/",
            Action::Kind::gateway,
            is_registry_name,
            {"config/read", "config/write", "message/read", "message/write", {}}}};

}  // namespace

bool is_registry_name(std::string_view name) { return is_name(name, ""); }
bool is_token_name(std::string_view name) { return is_name(name, "-") && !is_digit(name.front()); }
bool is_scope_map_name(std::string_view name) { return is_name(name, "-_"); }
bool is_slot_name(std::string_view name) {
  return std::find(kSlots.begin(), kSlots.end(), name) != kSlots.end();
}

bool is_repository(std::string_view name) {
  return name.size() <= 255 && every_part(name, '/', is_repository_part);
}

bool is_host_name(std::string_view name) {
  return name.size() <= 253 && every_part(name, '.', [](std::string_view label) {
           return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
                  std::all_of(label.begin(), label.end(),
                              [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
         });
}

bool is_api_version(std::string_view text) {
  if (text.ends_with("-preview")) text.remove_suffix(8);
  constexpr std::string_view kShape = "dddd-dd-dd";
  return text.size() == kShape.size() &&
         std::equal(text.begin(), text.end(), kShape.begin(),
                    [](char c, char shape) { return shape == 'd' ? is_digit(c) : c == shape; });
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

bool same_name(std::string_view left, std::string_view right) { return lower(left) == lower(right); }

std::optional<Action> parse_action(std::string_view text) {
  for (const Grammar& grammar : kGrammars) {
    if (!text.starts_with(grammar.prefix)) continue;
    const std::string_view rest = text.substr(grammar.prefix.size());
    for (std::string_view operation : grammar.operations) {
      if (operation.empty() || rest.size() <= operation.size() + 1 || !rest.ends_with(operation)) continue;
      const std::string_view target = rest.substr(0, rest.size() - operation.size() - 1);
      if (rest[target.size()] == '/' && grammar.is_target(target))
        return Action{grammar.kind, std::string(target), std::string(operation)};
    }
  }
  return std::nullopt;
}

bool covers(std::string_view pattern, std::string_view repository) {
  if (pattern == "*") return true;
  if (!pattern.ends_with("/*")) return pattern == repository;
  pattern.remove_suffix(1);  // 'samples/' and something behind it
  return repository.size() > pattern.size() && repository.starts_with(pattern);
}

}  // namespace scoped::emulator
