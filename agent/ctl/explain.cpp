#include "agent/ctl/commands.h"
#include "agent/ctl/explanation_view.h"
#include "agent/ctl/run.h"
#include "common/answer/directory.h"
#include "common/base/debug.h"

namespace scoped::ctl {
namespace {

constexpr Positional kPositionals[] = {
    {"KEY", "What a client asks for: a registry, or a registry and repository, in any spelling.", true}};
constexpr Flag kFlags[] = {
    {.name = "profile",
     .letter = 'p',
     .value = "NAME",
     .help = "The profile; without it $SCOPED_PROFILE counts, as for the helper."},
    {.name = "user",
     .letter = 'u',
     .value = "NAME",
     .help = "Explain what this user is answered, with their groups, instead of you."},
    kOutputFlag,
};

Result<> check(const Options& options) {
  TRY(protocol::parse_key(options.positionals().front()));
  const auto user = options.optional("user");
  if (user && !answer::find_caller(*user))
    return fail(ErrorCode::invalid_input, "there is no user '" + *user + "' on this machine");
  return {};
}

// Whose answer is explained, and what counts for them.
struct Viewer {
  answer::Caller caller;
  config::Config config;
  answer::Permissions permissions;
};

// Of files that are ours alone nothing counts for another user; the files of theirs are not looked into.
config::Config without_users_objects(const config::Config& all) {
  config::Config config = all;
  std::erase_if(config.registries, [](const auto& entry) { return !entry.second.origin.system; });
  return config;
}

Result<Viewer> view_of(const Run& run) {
  const answer::Directory directory = answer::system_directory();
  Viewer viewer{answer::read_caller(run.around.environment), run.config, {}};
  const uid_t self = viewer.caller.uid;
  if (const auto user = run.options.optional("user")) viewer.caller = answer::find_caller(*user).value();
  if (viewer.caller.uid == self) {
    viewer.permissions = TRY(answer::permissions_for(viewer.config, self, directory));
    return viewer;
  }
  if (!run.explicit_config) viewer.config = without_users_objects(run.config);
  viewer.permissions = TRY(answer::resolve_permissions(viewer.config, directory));
  return viewer;
}

std::string note_on(const Run& run, const ExplanationView& view) {
  const bool is_ours = view.read && run.config.registries.contains(view.read->registry);
  if (is_ours && view.explanation.registry == nullptr)
    return "your own files name this registry, and they do not count for '" + view.user + "'";
  if (view.explanation.registry == nullptr && run.options.has("user"))
    return "the own files of '" + view.user + "' are not looked into: they may run this command themselves";
  return {};
}

Result<Exit> run(Run& run) {
  const std::string key = TRY(protocol::parse_key(*run.options.positional(0)));
  const Viewer viewer = TRY(view_of(run));
  ExplanationView view;
  view.key = redacted_key(key);
  view.read = protocol::read_key(key);
  view.profile_from = run.options.has("profile") ? "--profile" : "$SCOPED_PROFILE";
  view.profile =
      run.options.optional("profile").value_or(run.around.environment.get("SCOPED_PROFILE").value_or(""));
  view.uid = viewer.caller.uid;
  view.user = answer::name_of_user(view.uid).value_or(std::to_string(view.uid));
  if (view.read)
    view.explanation =
        answer::explain(viewer.config, viewer.permissions, viewer.caller, view.profile, *view.read);
  view.note = note_on(run, view);
  run.answer(explanation_json(view), explanation_text(view));
  return Exit::ok;
}

}  // namespace

const Command rows::explain = {
    .words = "explain",
    .summary = "Say which token answers a key, and why",
    .about =
        R"(Prints how the helper reads the key that a client sends, where the registry is configured, which rule
chose which token, and why the others were not chosen. It reads the configuration only: no store and
no agent is asked, so it says which token is meant, not whether its password can be had.

Only tokens that the user may use take part. Of these, the first rule that fits decides:
  profile          the token that the profile names for this registry
  longest_pattern  the token with the longest repository pattern that covers the key's repository
  default_token    the registry's default_token
  only_one         on a key without a repository, the only token that the user may use
Two patterns of the same length are a tie: the helper says that it found nothing, and the client
asks again without the repository. Docker's own command line never sends a repository, so there a
profile chooses; crane, ko, kaniko and cosign do send it.

For another user only the system's configuration counts, or the one that --config names.)",
    .positionals = kPositionals,
    .flags = kFlags,
    .examples =
        R"(# Which token does 'docker pull' of this registry use?
scopedctl explain myregistry.azurecr.io

# Which one would root get for a repository, and with a profile?
scopedctl explain https://myregistry.azurecr.io/v2/team/app --user root
scopedctl explain myregistry.azurecr.io/team/app --profile ci -o json
# {"key": "myregistry.azurecr.io/team/app", "registry": "myregistry.azurecr.io", "repository": "team/app", ...,
#   "rule": "profile", "answer": {"kind": "token", "token": "ci-main"}, "tokens": [...]})",
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
