#include "agent/ctl/commands.h"
#include "agent/ctl/run.h"
#include "agent/ctl/stores.h"
#include "common/store/types.h"

namespace scoped::ctl {
namespace {

constexpr Positional kPositionals[] = {
    {"STORE", "A store of the configuration, or 'default'; without it all that need it are made."}};
constexpr Flag kFlags[] = {kOutputFlag};

Result<Exit> run(Run& run) {
  const bool system = run.around.environment.uid() == 0 && !run.explicit_config;
  const auto stores =
      TRY(stores_to_init(run.config, run.options.positional(0), run.around.environment, system));
  json::Array made;
  std::string text;
  for (const config::Typed& settings : stores) {
    const bool is_new = TRY_WITH(store::init_store(settings, run.parts.store_context()),
                                 "init store '" + settings.name + "'");
    json::Object entry;
    entry.set("store", settings.name);
    entry.set("type", settings.type);
    entry.set("made", is_new);
    made.push_back(std::move(entry));
    text += describe_store(settings) + (is_new ? ": made\n" : ": already initialised\n");
  }
  json::Object document;
  document.set("stores", std::move(made));
  run.answer(document, text);
  return Exit::ok;
}

}  // namespace

const Command rows::init = {
    .words = "init",
    .summary = "Make the store that keeps the passwords",
    .about =
        R"(A store is made once, by this command alone: its folder, and the key file under which every
password is sealed. Afterwards a missing key is an error that names the file, never a new key.
Where the configuration names no store there is one called 'default': the system's is
/var/lib/scoped/records under the key /etc/scoped/key, a user's is $XDG_STATE_HOME/scoped/records
under $XDG_STATE_HOME/scoped/records.key.

Keep the key file apart from backups of the records: each is useless without the other. A store
that is there already is left as it is.)",
    .positionals = kPositionals,
    .flags = kFlags,
    .examples =
        R"(# All stores of the configuration, or the default one
scopedctl init

# One of them, for a program to read
scopedctl init local -o json
# {"stores": [{"store": "local", "type": "sealed_file", "made": true}]})",
    .run = &run,
};

}  // namespace scoped::ctl
