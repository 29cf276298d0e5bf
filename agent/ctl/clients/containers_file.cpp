// The registries.conf of podman, skopeo and buildah: one list of helpers for all registries, in TOML. Where
// there is no such file a drop-in is made, since a user's own registries.conf would hide all of the system's.
#include "agent/ctl/clients/client_file.h"

#include <algorithm>
#include <vector>

namespace scoped::ctl {
namespace {

constexpr std::string_view kKey = "credential-helpers";

Result<std::string> find_path(const Where& where) {
  std::string folder = "/etc/containers";
  if (!where.system) {
    const auto settings = where.environment.get("XDG_CONFIG_HOME");
    const auto home = where.environment.get("HOME");
    if (!settings && !home) return fail(ErrorCode::invalid_input, "$HOME is not set");
    folder = (settings ? *settings : *home + "/.config") + "/containers";
  }
  const std::string whole = folder + "/registries.conf";
  return where.exists(whole) ? whole : folder + "/registries.conf.d/scoped.conf";
}

struct Element {
  std::string text;
  size_t begin = 0, end = 0;  // with its quotes
};

struct List {
  size_t line = 0;  // where the line of the key begins
  size_t open = 0, close = 0;
  std::vector<Element> elements;
};

// Walks the keys before the first table; strings and comments are stepped over.
class Toml {
 public:
  explicit Toml(std::string_view text) : text_(text) {}

  // The list of helpers, or nothing.
  Result<std::optional<List>> find() {
    while (at_ < text_.size()) {
      const size_t line = at_;
      skip(" \t");
      if (at_ < text_.size() && text_[at_] == '[') break;
      if (text_.substr(at_).starts_with(kKey)) {
        size_t after = text_.find_first_not_of(" \t", at_ + kKey.size());
        if (after != std::string_view::npos && text_[after] == '=') return read_list(line, after + 1);
      }
      skip_statement();
    }
    at_ = std::min(at_, text_.size());
    return std::optional<List>();
  }
  // Where a key can be added: before the first table. REQUIRES: find() found nothing.
  size_t end_of_keys() const { return text_.substr(0, at_).find_last_of('\n') + 1; }
  bool found_table() const { return at_ < text_.size(); }

 private:
  void skip(std::string_view letters) { at_ = std::min(text_.find_first_not_of(letters, at_), text_.size()); }
  void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  // From a quote to behind its partner.
  void skip_string() {
    const char quote = text_[at_];
    const std::string three(3, quote);
    const bool is_long = text_.substr(at_).starts_with(three);
    at_ += is_long ? 3 : 1;
    while (at_ < text_.size()) {
      if (text_[at_] == '\\' && quote == '"') {
        at_ = std::min(at_ + 2, text_.size());
      } else if (is_long ? text_.substr(at_).starts_with(three) : text_[at_] == quote) {
        at_ += is_long ? 3 : 1;
        return;
      } else {
        ++at_;
      }
    }
  }

  // A key with its value, which may span lines inside brackets.
  void skip_statement() {
    for (int depth = 0; at_ < text_.size();) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        skip_string();
        continue;
      }
      if (c == '#') {
        skip_line();
        continue;
      }
      if (c == '[' || c == '{') ++depth;
      if (c == ']' || c == '}') --depth;
      ++at_;
      if (c == '\n' && depth <= 0) return;
    }
  }

  Result<std::optional<List>> read_list(size_t line, size_t from) {
    const auto wrong = fail(ErrorCode::invalid_input, "'credential-helpers' is not a list of texts");
    at_ = from;
    skip(" \t");
    if (at_ >= text_.size() || text_[at_] != '[') return wrong;
    List list{line, at_++, 0, {}};
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ']') {
        list.close = at_;
        return std::optional(std::move(list));
      }
      if (c == '#') {
        skip_line();
      } else if (c == '"' || c == '\'') {
        const size_t begin = at_;
        skip_string();
        list.elements.push_back({std::string(text_.substr(begin + 1, at_ - begin - 2)), begin, at_});
      } else if (std::string_view(" \t\r\n,").find(c) != std::string_view::npos) {
        ++at_;
      } else {
        return wrong;
      }
    }
    return wrong;
  }

  std::string_view text_;
  size_t at_ = 0;
};

const Element* find_element(const List& list, std::string_view helper) {
  const auto found = std::find_if(list.elements.begin(), list.elements.end(),
                                  [&](const Element& each) { return each.text == helper; });
  return found == list.elements.end() ? nullptr : &*found;
}

// The word that stands for the files of passwords comes first: what was logged in by hand goes on working.
Result<std::optional<Splice>> add(std::string_view text, const Wanted& wanted) {
  Toml toml(text);
  const auto list = TRY(toml.find());
  const std::string ours = "\"" + wanted.helper + "\"";
  if (!list) {
    const size_t at = toml.found_table() ? toml.end_of_keys() : text.size();
    const bool cut = at > 0 && text[at - 1] != '\n';
    return std::optional(Splice{
        at, "",
        std::string(cut ? "\n" : "") + std::string(kKey) + " = [\"containers-auth.json\", " + ours + "]\n"});
  }
  if (find_element(*list, wanted.helper) != nullptr) return std::optional<Splice>();
  if (list->elements.empty()) return std::optional(Splice{list->open + 1, "", ours});
  return std::optional(Splice{list->elements.back().end, "", ", " + ours});
}

Result<std::optional<Splice>> remove(std::string_view text, const Wanted& wanted) {
  const auto list = TRY(Toml(text).find());
  const Element* element = list ? find_element(*list, wanted.helper) : nullptr;
  if (element == nullptr) return std::optional<Splice>();
  const auto index = static_cast<size_t>(element - list->elements.data());
  size_t begin = element->begin, end = element->end;
  if (index > 0)
    begin = list->elements[index - 1].end;
  else if (list->elements.size() > 1)
    end = list->elements[1].begin;
  return std::optional(Splice{begin, std::string(text.substr(begin, end - begin)), ""});
}

}  // namespace

const ClientFile rows::containers_file = {
    .name = "containers",
    .doc =
        "registries.conf ('credential-helpers') of podman, skopeo and buildah: the helper is asked for every "
        "registry.",
    .path = &find_path,
    .mode = 0644,
    .add = &add,
    .remove = &remove,
};

}  // namespace scoped::ctl
