#include "agent/ctl/commands.h"
#include "agent/ctl/on_request.h"

namespace scoped::ctl {
namespace {

constexpr Positional kPositionals[] = {kTokenPositional};
constexpr Flag kFlags[] = {kOutputFlag};

Result<Exit> run(Run& run) { return carry_out(run, rotate::Asked::repair); }

}  // namespace

const Command rows::repair = {
    .words = "repair",
    .summary = "See to it that a token's password works, and make another where none does",
    .about =
        R"(Logs in with the password that is handed out now. If the registry refuses it since somebody changed
its slot, the password before it is handed out again where that one works; only when every recorded
password is refused, twice and with the slots read twice, another is generated. A password that works
is left alone.

The agent repairs by itself, so this is for the cases that it leaves to a person: too many tokens in
that state at once, or no wish to wait for its next look.)",
    .positionals = kPositionals,
    .flags = kFlags,
    .examples =
        R"(scopedctl repair myregistry.azurecr.io/node-blue

scopedctl repair node-blue -o json
# {"tokens": [{"registry": "myregistry.azurecr.io", "token": "node-blue", "ready": true, "generation": 5, ...}]})",
    .run = &run,
};

}  // namespace scoped::ctl
