#include "agent/ctl/commands.h"
#include "agent/ctl/on_request.h"

namespace scoped::ctl {
namespace {

using rotate::Asked;

constexpr Positional kPositionals[] = {kTokenPositional};
constexpr Flag kFlags[] = {
    {.name = "retire-now", .help = "Kill the old password as soon as the new one is handed out."},
    {.name = "leaked",
     .help = "Wait for nothing: every password that the token has now is dead within seconds."},
    kOutputFlag,
};

Result<> check(const Options& options) {
  if (!options.has("retire-now") || !options.has("leaked")) return {};
  return fail(ErrorCode::invalid_input, "--leaked does what --retire-now does and more: give one of them");
}

Result<Exit> run(Run& run) {
  const Asked asked = run.options.has("leaked")       ? Asked::leaked
                      : run.options.has("retire-now") ? Asked::retire_now
                                                      : Asked::rotation;
  return carry_out(run, asked);
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
when, and an agent rotates then. Ctrl-C stops at a point where no password is lost; what was begun is
gone on with by the next run, or by the agent.

With --retire-now the old password is overwritten once the new one is handed out, so clients that hold
it are refused until they ask again. --leaked does that too, but the new password is not left to
settle, and the password before the old one dies as well. Both say first which promises they break,
and in the end how long each stage took. If another process's claim is in the way, --leaked says until
when and how to disable the token meanwhile.)",
    .positionals = kPositionals,
    .flags = kFlags,
    .examples =
        R"(scopedctl rotate myregistry.azurecr.io/node-blue

# Its password was seen in a log
scopedctl rotate --leaked myregistry.azurecr.io/node-blue

scopedctl rotate node-blue -o json
# {"tokens": [{"registry": "myregistry.azurecr.io", "token": "node-blue", "ready": true, "generation": 4, ...}]})",
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
