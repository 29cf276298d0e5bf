#include "agent/ctl/configure_all.h"

#include "agent/ctl/clients/docker_logins.h"
#include "agent/ctl/configure_profile.h"

namespace scoped::ctl {
namespace {

std::string counted(size_t logins) { return std::to_string(logins) + (logins == 1 ? " login" : " logins"); }

// podman reads Docker's file too, and knows no helper for every registry there.
void note_podman(Run& run) {
  if (!find_on_path(run.around.environment, "podman")) return;
  if (run.options.optional("client").value_or("docker") == "all") return;
  run.console().line(
      "scopedctl: note: podman no longer finds these logins in Docker's file: say '--client all', and it "
      "asks "
      "the helper too");
}

}  // namespace

Result<> move_logins_in(Run& run, const ClientEditor& editor, const Wanted& wanted, bool write) {
  answer::SavedLogins saved(run.around.environment, run.around.random);
  const auto move = [&](std::string_view text) -> Result<std::optional<Secret>> {
    TakenLogins taken = TRY(take_logins(text));
    for (const std::string& server_url : taken.left)
      run.console().line(
          "scopedctl: note: the login of '" + server_url +
          "' is not as Docker writes it and stays where Docker will not read it: log in again");
    if (taken.logins.empty()) return std::optional<Secret>();
    run.console().line("scopedctl: note: " + counted(taken.logins.size()) + " of Docker's file " +
                       (write ? "moved to the helper" : "would be moved to the helper"));
    if (!write) return std::optional<Secret>();
    for (const DockerLogin& each : taken.logins)
      TRY(saved.save(each.server_url, each.login.username, each.login.secret));
    note_podman(run);
    return std::optional<Secret>(std::move(taken.text));
  };
  return editor.rewrite(rows::docker_file, wanted, move);
}

Result<> move_logins_back(Run& run, const ClientEditor& editor, const Wanted& wanted) {
  answer::SavedLogins saved(run.around.environment, run.around.random);
  std::vector<std::string> returned;
  TRY(editor.rewrite(rows::docker_file, wanted, [&](std::string_view text) -> Result<std::optional<Secret>> {
    ReturnedLogins back =
        TRY(return_logins(text, [&](const auto& server_url) { return saved.find(server_url); }));
    returned = std::move(back.server_urls);
    return std::optional<Secret>(std::move(back.text));
  }));
  for (const std::string& server_url : returned) TRY(saved.erase(server_url));
  const auto others = TRY(saved.list());
  if (!others.empty())
    run.console().line(
        "scopedctl: note: " + counted(others.size()) +
        " of other registries stay with the helper, which Docker no longer asks: log in again");
  return {};
}

}  // namespace scoped::ctl
