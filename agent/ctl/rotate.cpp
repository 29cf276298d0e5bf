#include "agent/ctl/commands.h"
#include "agent/ctl/rotator.h"
#include "agent/ctl/status_table.h"
#include "agent/ctl/targets.h"

namespace scoped::ctl {
namespace {

constexpr Positional kPositionals[] = {
    {"HOST/TOKEN", "The token; HOST may be the host's first word, or left out where one registry has it.",
     true}};
constexpr Flag kFlags[] = {kOutputFlag};

Result<json::Value> rotate(const Run& run, const record::RecordName& name) {
  Rotator rotator = TRY(Rotator::find(run, name));
  return rotator.rotate();
}

Result<Exit> run(Run& run) {
  const record::RecordName name = TRY(choose_token(run.config, *run.options.positional(0)));
  json::Value token = TRY_WITH(rotate(run, name), "rotate '" + name.display() + "'");
  const std::string text = "rotated '" + name.display() + "': " + outcome_of(token, run.now());
  json::Object document;
  document.set("tokens", json::Array{std::move(token)});
  run.answer(document, text);
  return Exit::ok;
}

}  // namespace

const Command rows::rotate = {
    .words = "rotate",
    .summary = "Replace a token's password now, without a failed pull",
    .about =
        R"(Asks the running agent to rotate the token although it is not due, and waits until the new password
is the one that is handed out. Where no agent runs, this command does it by itself and keeps an
agent from starting meanwhile. The old password lives on until it lapses, for the clients that still
hold it.

It takes at least the time that a new password must settle ("rotation": "settle"), since the
registry needs a while to accept it everywhere. If the other slot may still be in use, it says until
when and changes nothing. Ctrl-C stops at a point where no password is lost; what was begun is gone
on with by the next run, or by the agent.)",
    .positionals = kPositionals,
    .flags = kFlags,
    .examples =
        R"(scopedctl rotate myregistry.azurecr.io/node-blue

scopedctl rotate node-blue -o json
# {"tokens": [{"registry": "myregistry.azurecr.io", "token": "node-blue", "ready": true, "generation": 4, ...}]})",
    .run = &run,
};

}  // namespace scoped::ctl
