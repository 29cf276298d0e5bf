// The rules of selection (SERVING 7.3) as one ordered table: select() and explain() both walk it, so what is
// chosen and what is explained cannot differ. Inside of answer; others use selection.h and explanation.h.
// Pure.
#pragma once

#include "common/answer/explanation.h"
#include "common/answer/selection.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace scoped::answer {

// Who asks for what, and what the rules want to know of it; refers to its arguments. Single-threaded: it
// remembers what it has worked out.
class Question {
 public:
  Question(const config::Config& configuration, const Permissions& permissions, const Caller& caller,
           const std::string& profile, const protocol::Key& key);

  const config::Registry* registry() const { return registry_; }  // null: not in the configuration
  const std::string& profile() const { return profile_; }
  bool on_host() const { return key_.repository.empty(); }

  // REQUIRES of all that follows: registry() is not null.
  bool may_use(const std::string& token) const;
  // A profile was asked for that is not one of the registry's level. Its agent knows no other level's, and
  // without an agent the answer must be the same.
  bool has_unknown_profile() const;
  // The token that the profile names here; null: there is none.
  const std::string* profile_token() const;
  std::vector<std::string> known_profiles() const;

  struct Fit {
    size_t length = 0;  // of what is fixed in the pattern
    const std::string* pattern = nullptr;
  };
  // The token's longest pattern that covers the repository; nothing where none does.
  std::optional<Fit> fit_of(const std::string& token) const;
  struct Best {
    const std::string* token = nullptr;  // among those that may be used; null: nothing covers the repository
    size_t length = 0;
    bool tie = false;
  };
  const Best& best() const;

  // The names of the tokens that may be used.
  std::vector<std::string> usable() const;
  std::vector<std::string> all() const;

 private:
  const config::Config& configuration_;
  const Permissions& permissions_;
  const Caller& caller_;
  const std::string& profile_;
  const protocol::Key& key_;
  const config::Registry* registry_ = nullptr;
  mutable record::RecordName probe_;
  mutable std::optional<Best> best_;
};

struct Rule {
  std::string_view name;
  std::string_view because;  // one sentence, for people
  // Nothing: the rule has no say, and the next one is tried.
  std::optional<Selection> (*decide)(const Question&);
  // Why a token that may be used was not chosen by it.
  Lost (*lost)(const Question&, const std::string& token);
};

struct Decision {
  const Rule* rule = nullptr;
  Selection selection;
};
Decision decide(const Question& question);

std::span<const Rule> rules();

}  // namespace scoped::answer
