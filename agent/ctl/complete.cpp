#include "agent/ctl/complete.h"

#include "agent/ctl/commands.h"
#include "agent/ctl/options.h"
#include "common/record/names.h"

#include <algorithm>
#include <set>

namespace scoped::ctl {
namespace {

using Texts = std::vector<std::string>;

std::string long_form(const Flag& flag) { return "--" + std::string(flag.name); }

bool spells(const std::string& word, const Flag& flag) {
  return word == long_form(flag) || (flag.letter != 0 && word == std::string("-") + flag.letter);
}

Texts split(std::string_view choices) {
  Texts words;
  while (!choices.empty()) {
    const size_t end = std::min(choices.find('|'), choices.size());
    words.emplace_back(choices.substr(0, end));
    choices.remove_prefix(std::min(end + 1, choices.size()));
  }
  return words;
}

// First words, or the second words of a group.
Texts words_after(const Texts& leading) {
  std::set<std::string> found;
  for (const Command* command : commands_under(leading)) {
    std::string_view rest = command->words;
    for (const std::string& word : leading) rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    if (!rest.empty()) found.emplace(rest.substr(0, rest.find(' ')));
  }
  return {found.begin(), found.end()};
}

// A line of a known command, word by word, up to the one that is typed.
class Line {
 public:
  Line(const Command& command, const Texts& before, const NameSource& names)
      : command_(command), flags_(flags_of(command)), names_(names) {
    for (const std::string& word : before) take(word);
  }

  Texts candidates(const std::string& begun) const {
    if (open_ != nullptr) {
      Texts found = values(*open_, given_);
      const bool may_end = open_->repeated && given_ > 0;
      if (!may_end) return found;
      const Texts flags = unused_flags();
      found.insert(found.end(), flags.begin(), flags.end());
      return found;
    }
    if (begun.starts_with('-')) return unused_flags();
    if (positionals_ >= command_.positionals.size()) return unused_flags();
    const Positional& next = command_.positionals[positionals_];
    return next.choices.empty() ? names_of(next.completes) : split(next.choices);
  }

 private:
  void take(const std::string& word) {
    if (open_ != nullptr && !word.starts_with('-')) {
      if (open_->name == "registry" || open_->completes == Names::registry) registry_ = word;
      ++given_;
      if (!open_->repeated) open_ = nullptr;
      return;
    }
    open_ = nullptr;
    const auto flag =
        std::find_if(flags_.begin(), flags_.end(), [&word](const Flag& each) { return spells(word, each); });
    if (flag == flags_.end()) {
      if (!word.starts_with('-')) take_positional(word);
      return;
    }
    if (!flag->repeated) used_.insert(flag->name);
    given_ = 0;
    if (!flag->value.empty()) open_ = &*flag;
  }

  void take_positional(const std::string& word) {
    const bool known = positionals_ < command_.positionals.size();
    if (known && command_.positionals[positionals_].completes == Names::registry) registry_ = word;
    ++positionals_;
  }

  Texts values(const Flag& flag, size_t index) const {
    if (!flag.choices.empty()) return split(flag.choices);
    if (flag.completes != Names::repository || index == 0) return names_of(flag.completes);
    const auto actions = record::known_actions();
    return {actions.begin(), actions.end()};
  }

  Texts names_of(Names kind) const {
    return kind == Names::none || kind == Names::file ? Texts() : names_(kind, registry_);
  }

  Texts unused_flags() const {
    Texts found;
    for (const Flag& flag : flags_)
      if (!used_.contains(flag.name)) found.push_back(long_form(flag));
    return found;
  }

  const Command& command_;
  const std::vector<Flag> flags_;
  const NameSource& names_;
  const Flag* open_ = nullptr;  // the flag whose value is next
  size_t given_ = 0;            // values of it so far
  size_t positionals_ = 0;
  std::set<std::string_view> used_;
  std::optional<std::string> registry_;
};

Texts fitting(Texts found, const std::string& begun) {
  std::erase_if(found, [&begun](const std::string& each) { return !each.starts_with(begun); });
  return found;
}

}  // namespace

std::vector<std::string> complete(const std::vector<std::string>& words, const NameSource& names) {
  const std::string begun = words.empty() ? "" : words.back();
  const Texts before(words.begin(), words.empty() ? words.end() : words.end() - 1);
  if (before.empty()) {
    Texts found = words_after({});
    found.insert(found.end(), {"--help", "--version"});
    return fitting(std::move(found), begun);
  }
  const auto chosen = choose_command(before);
  if (!chosen) return fitting(words_after(before), begun);
  return fitting(Line(*chosen->command, chosen->arguments, names).candidates(begun), begun);
}

}  // namespace scoped::ctl
