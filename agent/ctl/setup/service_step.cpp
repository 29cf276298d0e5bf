// Has systemd run the agent: sockets, service, and on a build host the group that reaches them.
#include "agent/ctl/setup/step.h"
#include "common/answer/directory.h"
#include "common/base/file.h"
#include "common/base/spawn.h"

#include <errno.h>
#include <unistd.h>

namespace scoped::ctl {
namespace {

constexpr std::chrono::seconds kPatience{60};
constexpr const char* kGroup = "docker";  // it equals root already
constexpr const char* kDropIn = "/etc/systemd/system/scoped-agent.socket.d/group.conf";
constexpr const char* kService = "scoped-agent.service";

bool has_manager(const Situation& situation) {
  if (situation.system) return file_exists("/run/systemd/system");
  const auto folder = situation.run.around.environment.get("XDG_RUNTIME_DIR");
  return folder && file_exists(*folder + "/systemd/private");
}

Result<Spawned> systemctl(const Situation& situation, std::vector<std::string> words) {
  words.insert(words.begin(), "systemctl");
  if (!situation.system) words.insert(words.begin() + 1, "--user");
  return spawn(words, "", kPatience);
}

Result<> must(const Situation& situation, std::vector<std::string> words) {
  const std::string what = "'systemctl " + words.front() + "'";
  const Spawned done = TRY(systemctl(situation, std::move(words)));
  if (done.exit_code == 0) return {};
  return fail(ErrorCode::unavailable, what + " ended with " + std::to_string(done.exit_code) + ": " +
                                          harmless(done.err.substr(0, done.err.find('\n'))));
}

bool is(const Situation& situation, const char* question) {
  const auto said = systemctl(situation, {question, "--quiet", kService});
  return said && said->exit_code == 0;
}

bool wants_group(const Situation& situation) {
  return situation.system && answer::system_directory().gid_of(kGroup) && !file_exists(kDropIn);
}

Result<std::string> plan(const Situation& situation) {
  if (!has_manager(situation)) return std::string();
  std::string text;
  if (wants_group(situation))
    text = std::string("let the group ") + kGroup + " reach the agent ('" + kDropIn + "')";
  if (!is(situation, "is-enabled"))
    text += std::string(text.empty() ? "" : ", ") + "enable and start scoped-agent";
  if (text.empty() && (situation.registry() == nullptr || !is(situation, "is-active")))
    text = "start scoped-agent anew";
  return text;
}

Result<json::Object> act(const Situation& situation) {
  json::Object note;
  note.set("enabled", !is(situation, "is-enabled"));
  note.set("drop_in", wants_group(situation));
  if (wants_group(situation)) {
    TRY(make_folders(folder_of(kDropIn), 0755));
    TRY(write_file_atomically(kDropIn, std::string("[Socket]\nSocketGroup=") + kGroup + "\n", 0644));
    TRY(must(situation, {"daemon-reload"}));
    TRY(must(situation, {"stop", kService, "scoped-agent.socket"}));
    TRY(must(situation, {"start", "scoped-agent.socket"}));
  }
  TRY(must(situation, {"enable", "--quiet", kService}));
  TRY(must(situation, {"restart", kService}));
  return note;
}

Result<std::string> undo(const Situation& situation, const json::Object& note) {
  const json::Reader reader(note, "the note");
  std::string text = "scoped-agent reads its configuration again";
  if (TRY(reader.boolean("drop_in"))) {
    unlink(kDropIn);
    rmdir(folder_of(kDropIn).c_str());
    TRY(must(situation, {"daemon-reload"}));
    TRY(must(situation, {"stop", kService, "scoped-agent.socket"}));
    TRY(must(situation, {"start", "scoped-agent.socket"}));
    text = std::string("the group ") + kGroup + " does not reach the agent any more";
  }
  if (TRY(reader.boolean("enabled"))) {
    TRY(must(situation, {"disable", "--quiet", "--now", kService}));
    return "disabled scoped-agent";
  }
  TRY(must(situation, {"restart", kService}));
  return text;
}

}  // namespace

const Step rows::service_step = {"service", &plan, &act, &undo};

}  // namespace scoped::ctl
