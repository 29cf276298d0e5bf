#include "helper/fetch/fetch.h"

#include "common/answer/saved_logins.h"
#include "common/protocol/docker.h"
#include "common/protocol/kubelet.h"
#include "common/protocol/texts.h"
#include "helper/fetch/agents.h"
#include "helper/fetch/local.h"

namespace scoped::fetch {
namespace {

using answer::Answer;

constexpr std::chrono::seconds kPatience{20};  // where the front set no deadline

Answer say(std::string_view line, int exit_code) {
  return {.exit_code = exit_code, .text = Secret(std::string(line) + "\n")};
}
Answer failure(const Error& error) { return say(error.line(), 1); }
// Kubelet logs stderr and nothing else.
Answer loud_failure(const Error& error) {
  Answer answer = failure(error);
  answer.also_stderr = true;
  return answer;
}
Answer silence() { return {}; }

// No profile has a name that a frame cannot hold; cut, it is unknown where that matters and harms nobody
// else.
std::string profile_of(const broker::Handover& handover, const Environment& environment) {
  std::string profile = handover.profile;
  if (profile.empty()) profile = environment.get("SCOPED_PROFILE").value_or("");
  if (profile.size() > broker::kLongestName) profile.resize(broker::kLongestName);
  return profile;
}

class Fetch {
 public:
  Fetch(const broker::Handover& handover, Use use)
      : profile_(profile_of(handover, use.environment)),
        use_(use),
        deadline_(handover.deadline.value_or(std::chrono::steady_clock::now() + kPatience)),
        agents_(use.environment, handover.asked, deadline_, use.say),
        logins_(use.environment, use.random) {}

  Answer get(const Secret& input);
  Answer store(const Secret& input);
  Answer erase(const Secret& input);
  Answer list(const Secret& input);
  Answer kubelet(const Secret& input);

 private:
  // What is known of a key without saved logins; not_mine when no agent and no configuration has it. Error:
  // that cannot be told. `input` as that kind of client sends it.
  Result<Answer> managed(broker::Kind kind, const answer::Form& form, std::string_view input);
  Result<Answer> managed(std::string_view key) {
    return managed(broker::Kind::docker, answer::docker_form(), key);
  }
  Result<Local*> local();
  Answer saved(const std::string& server_url);
  // What Docker's own helper keeps in a keyring. Where that cannot be asked there is nothing; denied: locked.
  Result<std::optional<answer::SavedLogin>> find_in_keyring(const std::string& server_url);
  void say_request(std::string_view verb, const std::string& server_url) const {
    if (use_.say)
      use_.say("version " SCOPED_VERSION ", action " + std::string(verb) + ", profile '" + profile_ + "'" +
               (server_url.empty() ? "" : ", key '" + redacted_key(server_url) + "'"));
  }

  const std::string profile_;
  const Use use_;
  const std::chrono::steady_clock::time_point deadline_;
  Agents agents_;
  answer::SavedLogins logins_;
  std::unique_ptr<Local> local_;
};

Answer answer_of(broker::Reply reply) {
  return {.exit_code = reply.exit_code == 0 ? 0 : 1,
          .also_stderr = reply.also_stderr,
          .text = std::move(reply.text)};
}

Result<Local*> Fetch::local() {
  if (!local_)
    local_ = TRY(Local::make({use_.environment, use_.clock, use_.random, agents_, deadline_, use_.say}));
  return local_.get();
}

Result<Answer> Fetch::managed(broker::Kind kind, const answer::Form& form, std::string_view input) {
  if (auto reply = agents_.get(kind, profile_, input)) return answer_of(std::move(*reply));
  Local* const here = TRY(local());
  here->say_choice(form, profile_, input);
  Answer answer = here->get(form, profile_, input);
  if (use_.say && answer.exit_code != 0) {
    const std::string_view line = answer.text.reveal();
    use_.say("fails with: " + std::string(line.substr(0, line.find('\n'))));
  }
  return answer;
}

Answer Fetch::saved(const std::string& server_url) {
  auto login = logins_.find(server_url);
  if (use_.say)
    use_.say("saved logins: " + (!login ? login.error().line() : *login ? "found" : "none of this key"));
  if (!login) return failure(login.error());
  if (!*login) login = find_in_keyring(server_url);
  if (!login) return failure(login.error());
  if (!*login) return say(protocol::kNotFound, 1);
  return {.text = protocol::format_credentials(server_url, (*login)->username, (*login)->secret)};
}

// A pull of what everybody may read goes on where no keyring answers.
Result<std::optional<answer::SavedLogin>> Fetch::find_in_keyring(const std::string& server_url) {
  const auto here = local();
  if (!here) return std::optional<answer::SavedLogin>();
  const auto keyring = (*here)->docker_keyring();
  if (!keyring) return std::optional<answer::SavedLogin>();
  auto login = keyring->find(server_url);
  if (use_.say)
    use_.say("Docker's logins in the keyring: " + (!login   ? login.error().line()
                                                   : *login ? "found"
                                                            : "none of this key"));
  if (!login && login.error().code() != ErrorCode::denied) return std::optional<answer::SavedLogin>();
  return login;
}

Answer Fetch::get(const Secret& input) {
  const auto server_url = protocol::parse_key(input.reveal());
  if (!server_url) return failure(server_url.error());
  say_request("get", *server_url);
  auto answer = managed(input.reveal());
  if (!answer) return failure(answer.error());
  if (answer->not_mine) return saved(*server_url);
  if (use_.found && answer->exit_code == 0) use_.found(*answer);
  return std::move(*answer);
}

// docker login stores what `get` has just given it, so the same user name is no news, even if a rotation lies
// between. Anything else for a registry that we manage would be answered by nobody.
Answer Fetch::store(const Secret& input) {
  const auto request = protocol::parse_store(input);
  if (!request) return failure(request.error());
  say_request("store", request->server_url);
  const auto known = managed(request->server_url);
  if (!known) return failure(known.error());
  if (known->not_mine) {
    const auto saved = logins_.save(request->server_url, request->username, request->secret);
    if (use_.say) use_.say("saved logins: " + (saved ? "saved" : saved.error().line()));
    return saved ? silence() : failure(saved.error());
  }
  const auto credentials = protocol::parse_store(known->text);
  if (known->exit_code == 0 && credentials && credentials->username == request->username) return silence();
  const auto key = protocol::read_key(request->server_url);
  const std::string host = key ? key->registry : request->server_url;
  return say("'" + host +
                 "' is managed by scoped tokens, so this login is not saved: run 'scopedctl import " + host +
                 "' for a password of one of them, or 'docker --config DIR login' for another account",
             1);
}

// Always a success beyond the key's own mistakes: a client that cannot log out may crash.
Answer Fetch::erase(const Secret& input) {
  const auto server_url = protocol::parse_key(input.reveal());
  if (!server_url) return failure(server_url.error());
  say_request("erase", *server_url);
  const auto erased = logins_.erase(*server_url);
  if (use_.say) use_.say("saved logins: " + (erased ? "the key is in none" : erased.error().line()));
  agents_.send_stale(profile_, *server_url);
  if (const auto here = local()) (*here)->doubt(profile_, input.reveal());
  const auto left = find_in_keyring(*server_url);
  if (left && !*left) return silence();
  return {.also_stderr = true,
          .text = Secret("the login of '" + redacted_key(*server_url) +
                         "' that docker-credential-secretservice keeps is still there: give it to "
                         "'docker-credential-secretservice erase'\n")};
}

Answer Fetch::list(const Secret&) {
  say_request("list", "");
  std::map<std::string, std::string> usernames = agents_.list(profile_);
  const auto configured = local();
  if (!configured) return failure(configured.error());
  usernames.merge((*configured)->list(profile_));
  // Logins that cannot be read could not be answered either, so they are not listed.
  if (auto saved = logins_.list()) usernames.merge(*saved);
  if (const auto keyring = (*configured)->docker_keyring())
    if (auto kept = keyring->list()) usernames.merge(*kept);
  return {.text = Secret(protocol::format_list(usernames))};
}

// Saved logins are not for kubelet: it has its own file of them and pull secrets.
Answer Fetch::kubelet(const Secret& input) {
  const auto request = protocol::parse_kubelet_request(input.reveal());
  if (!request) return loud_failure(request.error());
  auto answer = managed(broker::Kind::kubelet, answer::kubelet_form(), input.reveal());
  if (!answer) return loud_failure(answer.error());
  if (answer->not_mine) return {.text = Secret(protocol::format_kubelet_nothing(*request))};
  return std::move(*answer);
}

struct VerbRow {
  broker::Kind kind;
  protocol::Verb verb;
  Answer (Fetch::*run)(const Secret& input);
};
constexpr VerbRow kVerbs[] = {{broker::Kind::docker, protocol::Verb::get, &Fetch::get},
                              {broker::Kind::docker, protocol::Verb::store, &Fetch::store},
                              {broker::Kind::docker, protocol::Verb::erase, &Fetch::erase},
                              {broker::Kind::docker, protocol::Verb::list, &Fetch::list},
                              {broker::Kind::kubelet, protocol::Verb::get, &Fetch::kubelet}};

}  // namespace

Answer fetch(const broker::Handover& handover, const Secret& input, Use use) {
  const auto verb = protocol::parse_verb(handover.verb);
  for (const VerbRow& row : kVerbs)
    if (row.kind == handover.kind && row.verb == verb) return (Fetch(handover, use).*row.run)(input);
  return say("unknown action: " + handover.verb, 1);
}

}  // namespace scoped::fetch
