#include "agent/ctl/commands.h"
#include "agent/ctl/doctor/check.h"
#include "agent/ctl/helper_call.h"
#include "agent/ctl/table.h"
#include "agent/ctl/targets.h"
#include "common/answer/directory.h"
#include "common/base/file.h"
#include "common/base/spawn.h"
#include "common/broker/client.h"
#include "common/config/files.h"
#include "common/record/names.h"

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <memory>

namespace scoped::ctl {
namespace {

constexpr Positional kPositionals[] = {{"HOST", "The registry; not needed where only one is configured."}};
constexpr Flag kFlags[] = {kOutputFlag};
constexpr ExitNote kExits[] = {{Exit::findings, "no real login works"}};
constexpr std::chrono::seconds kPatience{10};

SocketState look_at(const std::string& path) {
  SocketState state{path};
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return state;
  state.exists = true;
  state.group = info.st_gid;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (path.size() >= sizeof address.sun_path) return state;
  path.copy(address.sun_path, path.size());
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno != EAGAIN)
    state.connect_error = errno;
  return state;
}

Groups read_groups(const Environment& environment) {
  Groups groups;
  groups.active.resize(static_cast<size_t>(std::max(getgroups(0, nullptr), 0)));
  if (getgroups(static_cast<int>(groups.active.size()), groups.active.data()) < 0) groups.active.clear();
  groups.active.push_back(getegid());
  if (const passwd* entry = getpwuid(environment.uid())) {
    int count = 256;
    groups.listed.resize(static_cast<size_t>(count));
    if (getgrouplist(entry->pw_name, entry->pw_gid, groups.listed.data(), &count) < 0) count = 0;
    groups.listed.resize(static_cast<size_t>(count));
  }
  groups.name = [](gid_t gid) { return answer::name_of_group(gid).value_or(std::to_string(gid)); };
  return groups;
}

std::vector<std::string> files_passed_over(const config::Selection& selection,
                                           const Environment& environment) {
  std::vector<std::string> passed;
  for (const config::FileToRead& file : config::find_files(selection, environment)) {
    const auto text = config::read_config_file(file, environment);
    if (text && !*text && file_exists(file.path))
      passed.push_back("'" + file.path + "' is passed over: it is somebody else's");
  }
  return passed;
}

std::optional<uid_t> owner_of_home(const Environment& environment) {
  struct stat info {};
  const auto home = environment.get("HOME");
  if (!home || stat(home->c_str(), &info) != 0) return std::nullopt;
  return info.st_uid;
}

// Where engines without root listen: what $DOCKER_HOST names below /run/user, else Docker's and podman's
// usual places.
std::string find_rootless_engine(const Environment& environment) {
  const auto runtime = environment.get("XDG_RUNTIME_DIR");
  if (!runtime || environment.uid() == 0) return "";
  const std::string scheme = "unix://";
  const std::string asked = environment.get("DOCKER_HOST").value_or("");
  if (asked.starts_with(scheme + *runtime + "/") && file_exists(asked.substr(scheme.size())))
    return asked.substr(scheme.size());
  for (const char* usual : {"/docker.sock", "/podman/podman.sock"})
    if (file_exists(*runtime + usual)) return *runtime + usual;
  return "";
}

// Nothing where there is no systemd, or no such unit.
std::optional<bool> is_unit_active() {
  if (!file_exists("/run/systemd/system")) return std::nullopt;
  const auto said = spawn({"systemctl", "is-active", "scoped-agent.service"}, "", kPatience);
  if (!said || said->exit_code == 4) return std::nullopt;
  return said->exit_code == 0;
}

Result<> resolve(const std::string& host) {
  const std::string name = host.substr(0, host.rfind(':'));
  addrinfo* found = nullptr;
  const int error = getaddrinfo(name.c_str(), nullptr, nullptr, &found);
  if (error != 0)
    return fail(ErrorCode::unavailable, "'" + name + "' has no address: " + gai_strerror(error));
  freeaddrinfo(found);
  return {};
}

// A question whose answer is kept.
template <typename Ask>
auto once(Ask ask) {
  using Answer = decltype(ask());
  return [ask, kept = std::make_shared<std::optional<Answer>>()]() -> Answer {
    if (!*kept) kept->emplace(ask());
    return **kept;
  };
}

Result<std::optional<Instant>> reach(Run& run, const std::string& host) {
  net::Request request;
  request.url = "https://" + host + "/v2/";
  if (const auto known = run.config.registries.find(host); known != run.config.registries.end())
    request.ca_file = known->second.ca_file;
  const net::Response response = TRY(TRY(run.parts.transport())->send(request));
  return response.date;
}

store::LoadResult copy_of(const store::LoadResult& loaded) {
  if (loaded.found) return store::LoadResult::of({loaded.found->record.clone(), loaded.found->revision});
  return loaded.why ? store::LoadResult::failed(loaded.state, *loaded.why) : store::LoadResult::absent();
}

store::LoadResult load(Run& run, const std::string& host, const std::string& token) {
  const auto store = run.parts.store_of(host);
  return store ? (*store)->load({host, token}) : store::LoadResult::unopened(store.error());
}

Result<std::vector<store::Flaw>> flaws(Run& run, const std::string& host, const std::string& token) {
  const bool rotates = run.config.agent.duties.contains("rotate");
  return TRY(run.parts.store_of(host))->flaws({host, token}, rotates);
}

Result<std::optional<bool>> token_enabled(Run& run, const config::Registry& registry) {
  if (!registry.control) return std::optional<bool>();
  return std::optional(
      TRY(TRY(run.parts.control_of(registry.host))->get_token(registry.default_token)).enabled);
}

std::string token_of(const config::Registry& registry) {
  if (!registry.default_token.empty() || registry.tokens.empty()) return registry.default_token;
  return registry.tokens.begin()->first;
}

void ask_outside(Run& run, Patient& patient) {
  const std::string host = patient.host;
  patient.resolve = once([host] { return resolve(host); });
  patient.reach = once([&run, host] { return reach(run, host); });
  patient.now = [&run] { return run.now(); };
  patient.login = once([&run, host] { return verify_login(run, host); });
  const config::Registry* registry = patient.registry();
  if (registry == nullptr) return;
  const auto kept = std::make_shared<store::LoadResult>(load(run, host, token_of(*registry)));
  patient.load = [kept] { return copy_of(*kept); };
  patient.flaws = once([&run, host, token = token_of(*registry)] { return flaws(run, host, token); });
  patient.token_enabled = once([&run, registry] { return token_enabled(run, *registry); });
}

std::string_view word_of(Finding::State state) {
  return state == Finding::State::fine ? "ok" : state == Finding::State::wrong ? "WRONG" : "?";
}

Result<Exit> tell(Run& run, const Patient& patient) {
  json::Array list;
  Table table({"CHECK", "", "WHAT", "REMEDY"});
  Exit exit = Exit::ok;
  for (const Check& check : checks()) {
    const Finding finding = check.look(patient);
    table.row({std::string(check.name), std::string(word_of(finding.state)), finding.what, finding.remedy});
    json::Object entry;
    entry.set("check", std::string(check.name));
    entry.set("state", std::string(word_of(finding.state)));
    entry.set("what", finding.what);
    entry.set("remedy", finding.remedy);
    list.emplace_back(std::move(entry));
    if (check.name == rows::login_check.name && finding.state != Finding::State::fine) exit = Exit::findings;
  }
  json::Object document;
  document.set("registry", patient.host);
  document.set("checks", std::move(list));
  run.answer(json::Value(std::move(document)), table.text());
  return exit;
}

Result<Exit> run_doctor(Run& run) {
  const Environment& environment = run.around.environment;
  config::Selection selection{.explicit_file = run.options.optional("config")};
  config::Loaded loaded = load_config(selection, environment, loop::catalog());
  const auto asked = run.options.positional(0);
  std::string host;
  if (loaded.config)
    if (const auto chosen = choose_registry(*loaded.config, asked)) host = (*chosen)->host;
  if (host.empty() && !asked)
    return fail(ErrorCode::invalid_input, "say which registry: 'scopedctl doctor HOST'");
  if (host.empty()) host = TRY(record::parse_registry_host(*asked));
  const config::Config none;
  const config::Config& config = loaded.config ? *loaded.config : none;
  loop::Parts parts(
      {.config = config,
       .environment = environment,
       .clock = run.around.clock,
       .random = run.around.random,
       .stop = run.around.stop.cut(),
       .wait = [&run](std::chrono::milliseconds length) { return run.around.stop.wait(length); }});
  Run own{run.options, config, run.explicit_config, run.around, parts};
  Patient patient{.environment = environment, .host = host};
  if (loaded.config) patient.config = &config;
  for (const config::Problem& problem : loaded.problems) patient.problems.push_back(problem.display());
  patient.passed_over = files_passed_over(selection, environment);
  patient.home_owner = owner_of_home(environment);
  for (const broker::Socket& socket : broker::find_sockets(environment))
    patient.sockets.push_back(look_at(socket.path));
  patient.groups = read_groups(environment);
  patient.rootless_engine = find_rootless_engine(environment);
  patient.unit_active = is_unit_active();
  ask_outside(own, patient);
  return tell(own, patient);
}

}  // namespace

const Command rows::doctor = {
    .words = "doctor",
    .summary = "Find what is wrong between the client and the registry",
    .about =
        R"(Looks at everything on the way of a pull, in its order, and names the command that puts each thing
right. The last check is a real login: the helper is asked as a client asks it, and the registry has
to take what it says.)",
    .positionals = kPositionals,
    .flags = kFlags,
    .examples = R"(scopedctl doctor myregistry.azurecr.io)",
    .exits = kExits,
    .wants_configuration = false,
    .run = &run_doctor,
};

}  // namespace scoped::ctl
