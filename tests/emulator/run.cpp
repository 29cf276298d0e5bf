#include "tests/emulator/run.h"

#include "common/base/file.h"
#include "common/base/lock.h"
#include "tests/emulator/arm.h"
#include "tests/emulator/assertions.h"
#include "tests/emulator/entra.h"
#include "tests/emulator/fault_api.h"
#include "tests/emulator/front_door.h"
#include "tests/emulator/key_vault.h"
#include "tests/emulator/listener.h"
#include "tests/emulator/locks.h"
#include "tests/emulator/log_analytics.h"
#include "tests/emulator/log_receiver.h"
#include "tests/emulator/login.h"
#include "tests/emulator/managed_identity.h"
#include "tests/emulator/repository_events.h"
#include "tests/emulator/site.h"
#include "tests/emulator/sockets.h"
#include "tests/emulator/state_json.h"

#include <fmt/format.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <future>

namespace scoped::emulator {
namespace {

constexpr size_t kLargestState = 256 << 20;
constexpr std::chrono::seconds kStartLimit{15};
constexpr std::chrono::hours kFederatedLife{24};

constexpr std::array kControlTables = {
    &kArmRegistry,      &kArmScopeMaps, &kArmTokens,   &kArmCredentials, &kArmOperations, &kArmRoots,
    &kArmSubscriptions, &kDiscovery,    &kEntraTokens, &kArmDiagnostics, &kLogQueries};
constexpr std::array kDoorTables = {&kLoginToken, &kLoginTags, &kAcrV1, &kAcrV1Changes, &kLocks};
constexpr std::array kReplicaTables = {&kLoginToken};
constexpr std::array kIdentityTables = {&kIdentityTokens};
constexpr std::array kVaultTables = {&kVaultSecrets};
constexpr std::array kFaultTables = {&kFaults};

constexpr size_t kLongestRunPath = 80;  // a socket's path has at most 107 characters

// A private folder for sockets and keys, gone with the object.
class RunFolder {
 public:
  // Below the storage, so that what a killed run left is found by the next; else a new temporary one.
  static Result<RunFolder> make(const std::string& storage, const Environment& environment) {
    std::string path = storage + "/run";
    if (!storage.empty() && path.size() <= kLongestRunPath) {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
      TRY(make_folders(path, 0700));
      return RunFolder(std::move(path));
    }
    path = environment.get("TMPDIR").value_or("/tmp") + "/acr-emulator-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) return fail(errno_error(errno, "make folder", path));
    return RunFolder(std::move(path));
  }
  RunFolder(RunFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  RunFolder& operator=(RunFolder&&) = delete;
  ~RunFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit RunFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// The storage folder, made if need be and held by us alone.
struct Storage {
  std::string path;  // empty: none
  std::optional<FileLock> lock;

  static Result<Storage> open(const std::string& given) {
    if (given.empty()) return Storage{};
    TRY(make_folders(given, 0755));
    std::error_code problem;
    Storage storage{std::filesystem::canonical(given, problem).string(), {}};
    if (problem)
      return fail(ErrorCode::invalid_input, fmt::format("open folder '{}': {}", given, problem.message()));
    storage.lock = TRY(FileLock::acquire(storage.path + "/lock", std::chrono::seconds(2)));
    if (!storage.lock)
      return fail(ErrorCode::conflict, fmt::format("folder '{}' is used by another acr-emulator", given));
    return storage;
  }
};

class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&set_, number);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);  // threads made later inherit it
  }
  // The signal that came within this time, or 0.
  int wait(std::chrono::milliseconds time) const {
    const timespec limit{time.count() / 1000, static_cast<long>(time.count() % 1000 * 1'000'000)};
    const int number = sigtimedwait(&set_, nullptr, &limit);
    return number > 0 ? number : 0;
  }

 private:
  sigset_t set_;
};

Result<Contents> first_contents(const Options& options, Instant now, Random& random) {
  if (options.state.empty() || !file_exists(options.state))
    return new_contents(options.registry.empty() ? "myregistry" : options.registry, now, random);
  const std::string text = TRY_WITH(read_file(options.state, kLargestState), "state file");
  auto contents = TRY_WITH(read_state(text), "state file '" + options.state + "'");
  if (!options.registry.empty() && !same_name(options.registry, contents.facts.registry))
    return fail(ErrorCode::invalid_input,
                fmt::format("state file '{}' is of registry '{}', not '{}'", options.state,
                            contents.facts.registry, options.registry));
  return contents;
}

struct Doors {
  Fd login, control, fault, identity, replica, vault;
};

Result<Doors> open_doors(const Options& options) {
  const int first = options.port;
  const int login_port = options.login_server.empty() ? first : 443;
  Doors doors;
  doors.login = TRY(listen_on_loopback(login_port));
  doors.control = TRY(listen_on_loopback(first == 0 ? 0 : first + 1));
  doors.fault = TRY(listen_on_loopback(first == 0 ? 0 : first + 2));
  doors.identity = TRY(listen_on_loopback(first == 0 ? 0 : first + 3));
  doors.replica = TRY(listen_on_loopback(first == 0 ? 0 : first + 4));
  doors.vault = TRY(listen_on_loopback(first == 0 ? 0 : first + 5));
  return doors;
}

Result<DoorPaths> write_keys(const std::string& storage, const std::string& run, const Keys& keys) {
  const std::string& authority_folder = storage.empty() ? run : storage;
  DoorPaths paths{storage, run, authority_folder + "/ca.crt", run + "/server.crt", run + "/server.key"};
  TRY(write_file_atomically(paths.authority, keys.authority.pem, 0644));
  TRY(write_file_atomically(paths.certificate, keys.signer.certificate().pem, 0644));
  TRY(write_file_atomically(paths.key, keys.signer.key_pem().reveal(), 0600));
  return paths;
}

// What the application may log in with beside its secret.
struct Credentials {
  std::string certificate;      // file with its key and its certificate
  std::string federated_token;  // file
};

Result<Credentials> write_credentials(const DoorPaths& paths, const Keys& keys, const std::string& control,
                                      Instant now) {
  const std::string folder = std::filesystem::path(paths.authority).parent_path().string();
  Credentials files{folder + "/client.pem", folder + "/federated-token"};
  TRY(write_file_atomically(files.certificate, std::string(keys.client_key.pem().reveal()) + keys.client.pem,
                            0600));
  const std::string token = TRY(make_federated_token(keys.signer, control, now, kFederatedLife));
  TRY(write_file_atomically(files.federated_token, token, 0600));
  return files;
}

template <size_t N>
Service service_of(Site& site, const std::array<const RouteTable*, N>& tables, const Family& fallback,
                   size_t threads, Door door = Door::login_server) {
  std::vector<RouteTable> copy;
  for (const RouteTable* table : tables) copy.push_back(*table);
  return {[&site, copy, &fallback, door](const Request& given) {
            Request request = given;
            request.door = door;
            return site.serve(request, copy, fallback);
          },
          &site.parts.clock,
          threads,
          {}};
}

void take_log_line(Site& site, std::string_view line) {
  const Images images(site.parts.images);
  const EventSource source{site.parts.signer, images, site.parts.addresses.login_server};
  auto event = read_event(line, source, site.parts.clock.now());
  if (!event) return;
  const std::lock_guard held(site.lock);
  site.events.add(std::move(*event));
}

struct Listeners {
  std::vector<Listener> all;
};

Result<Listeners> start_listeners(Site& site, const DoorPaths& paths, Doors& doors) {
  const TlsFiles tls{paths.certificate, paths.key};
  Listeners listeners;
  listeners.all.push_back(
      TRY(Listener::start(std::move(doors.control), tls, service_of(site, kControlTables, kArm, 64))));
  listeners.all.push_back(TRY(
      Listener::start(std::move(doors.fault), std::nullopt, service_of(site, kFaultTables, kFaultApi, 8))));
  listeners.all.push_back(TRY(Listener::start(std::move(doors.identity), std::nullopt,
                                              service_of(site, kIdentityTables, kManagedIdentity, 8))));
  listeners.all.push_back(TRY(Listener::start(std::move(doors.replica), tls,
                                              service_of(site, kReplicaTables, kLogin, 16, Door::replica))));
  listeners.all.push_back(
      TRY(Listener::start(std::move(doors.vault), tls, service_of(site, kVaultTables, kKeyVault, 32))));
  Service login = service_of(site, kDoorTables, kLogin, 64);
  if (paths.storage.empty()) {
    listeners.all.push_back(TRY(Listener::start(std::move(doors.login), tls, std::move(login))));
  } else {
    login.closing.headers.emplace_back(kGoOn, kInnerClose);
    Fd inner = TRY(listen_at_path(paths.emulator_socket()));
    listeners.all.push_back(TRY(Listener::start(std::move(inner), std::nullopt, std::move(login))));
  }
  return listeners;
}

struct OtherPorts {
  int fault, identity, vault;
};

std::string ready_line(const Site& site, const DoorPaths& paths, const Credentials& credentials,
                       const OtherPorts& ports) {
  const Facts& facts = site.model.facts();
  json::Object line;
  line.set("arm", site.parts.addresses.control);
  line.set("authority", site.parts.addresses.control);
  line.set("login_server", site.parts.addresses.login_server);
  line.set("fault", fmt::format("http://127.0.0.1:{}/faults", ports.fault));
  line.set("ca", paths.authority);
  line.set("tenant", facts.tenant);
  line.set("subscription", facts.subscription);
  line.set("resource_group", facts.resource_group);
  line.set("registry", facts.registry);
  line.set("client_id", facts.client_id);
  line.set("client_secret", facts.client_secret.reveal());
  line.set("client_certificate", credentials.certificate);
  line.set("federated_token", credentials.federated_token);
  line.set("managed_identity", fmt::format("http://127.0.0.1:{}", ports.identity));
  line.set("identity_header", site.parts.identity_header);
  line.set("replica", site.parts.addresses.replica);
  line.set("log_analytics", site.parts.addresses.control);
  line.set("workspace", workspace_of(facts));
  line.set("key_vault", fmt::format("https://localhost:{}", ports.vault));
  return json::dump(std::move(line)) + "\n";
}

// Asks the front door until Distribution answers behind it. False when we are asked to end meanwhile.
Result<bool> wait_until_ready(const Signals& signals, Children& children, const DoorPaths& paths,
                              const std::string& host, int port) {
  const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
  const auto is_ready = [&] {
    return file_exists(paths.distribution_socket()) && probe(host, port, "/v2/", paths.authority) == 401;
  };
  while (!is_ready()) {
    const std::string ended = children.ended();
    if (!ended.empty())
      return fail(ErrorCode::unavailable, fmt::format("{} (see the logs in '{}')", ended, paths.storage));
    if (std::chrono::steady_clock::now() > deadline)
      return fail(ErrorCode::unavailable,
                  fmt::format("the front door was not ready after {} s (see the logs in '{}')",
                              kStartLimit.count(), paths.storage));
    const int number = signals.wait(std::chrono::milliseconds(20));
    if (number != 0 && number != SIGCHLD) return false;
  }
  return true;
}

Result<> wait_for_end(const Signals& signals, Children& children, const DoorPaths& paths) {
  while (true) {
    const int number = signals.wait(std::chrono::hours(1));
    if (number != 0 && number != SIGCHLD) return {};
    const std::string ended = children.ended();
    if (!ended.empty())
      return fail(ErrorCode::unavailable, fmt::format("{} (see the logs in '{}')", ended, paths.storage));
  }
}

}  // namespace

Result<> run(const Options& options, const Environment& environment) {
  const Signals signals;
  const RealClock clock;
  SystemRandom random;
  const std::string host = options.login_server.empty() ? "localhost" : options.login_server;
  auto keys_made = std::async(std::launch::async, make_keys, host, clock.now());  // while the state is read
  Contents contents = TRY(first_contents(options, clock.now(), random));
  const Storage storage = TRY(Storage::open(options.storage));
  Doors doors = TRY(open_doors(options));
  const int login_port = port_of(doors.login);
  const OtherPorts ports{port_of(doors.fault), port_of(doors.identity), port_of(doors.vault)};
  const Addresses addresses{fmt::format("https://localhost:{}", port_of(doors.control)),
                            login_port == 443 ? host : fmt::format("{}:{}", host, login_port),
                            fmt::format("localhost:{}", port_of(doors.replica))};
  const Keys keys = TRY_WITH(keys_made.get(), "make keys");
  const RunFolder folder = TRY(RunFolder::make(storage.path, environment));
  const DoorPaths paths = TRY(write_keys(storage.path, folder.path(), keys));
  const Credentials credentials = TRY(write_credentials(paths, keys, addresses.control, clock.now()));
  Site site(std::move(contents),
            {clock, random, keys.signer, addresses, options.token_life, options.state, paths.images(),
             keys.client, random.hex(16), options.revoke_at_once},
            *find_tier(options.tier));
  TRY_WITH(site.save(), "state file");

  Children children;
  std::optional<LogReceiver> log_receiver;  // there before nginx, which sends to it
  if (!paths.storage.empty()) {
    log_receiver.emplace(TRY(LogReceiver::start(
        paths.events_pipe(), [&site](std::string_view line) { take_log_line(site, line); })));
    TRY(start_front_door(children, paths, doors.login, addresses.login_server, environment, random));
  }
  const Listeners listeners = TRY(start_listeners(site, paths, doors));
  Result<> outcome;
  const auto ready = paths.storage.empty() ? Result<bool>(true)
                                           : wait_until_ready(signals, children, paths, host, login_port);
  if (!ready) return fail(ready.error());
  doors.login.reset();  // nginx has it
  if (*ready) {
    outcome = write_all(STDOUT_FILENO, ready_line(site, paths, credentials, ports), "standard output");
    if (outcome) outcome = wait_for_end(signals, children, paths);
  }
  site.stop();
  children.stop();
  return outcome;
}

}  // namespace scoped::emulator
