#include "agent/loop/parts.h"

#include "agent/loop/instance.h"
#include "agent/loop/listener_types.h"
#include "agent/registry/throttling.h"
#include "common/base/file.h"
#include "common/identity/identity.h"
#include "common/net/curl_module.h"
#include "common/net/shared_hold.h"
#include "common/record/names.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <iterator>

namespace scoped::loop {
namespace {

using config::Config;

std::string read_machine_id() {
  auto text = read_file("/etc/machine-id", 256);
  return text ? *text : std::string();
}

std::string read_host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

Ticks ticks(config::Milliseconds value) { return std::chrono::duration_cast<Ticks>(value); }

constexpr std::pair<std::string_view, rotate::Retire> kRetire[] = {{"expire", rotate::Retire::expire},
                                                                   {"overwrite", rotate::Retire::overwrite},
                                                                   {"delete", rotate::Retire::remove}};

// REQUIRES: one of the setting's choices.
rotate::Retire retire_of(std::string_view word) {
  return std::find_if(std::begin(kRetire), std::end(kRetire),
                      [word](const auto& row) { return row.first == word; })
      ->second;
}

rotate::Policy make_policy(const config::Rotation& from, Ticks fence_max, Seconds read_lag) {
  rotate::Policy policy;
  policy.lifetime = ticks(from.lifetime);
  policy.rotate_at_percent = from.rotate_at_percent;
  policy.offline = ticks(from.offline);
  policy.hold = ticks(from.hold);
  policy.settle = ticks(from.settle);
  policy.logins = from.logins;
  policy.jitter = ticks(from.jitter);
  policy.fence_min = ticks(from.fence_min);
  policy.fence_max = fence_max;
  policy.fence_margin = ticks(from.fence_margin);
  policy.repair_budget = ticks(from.repair_budget);
  policy.observe = ticks(from.observe);
  policy.read_lag = read_lag;
  policy.retire = retire_of(from.retire);
  return policy;
}

// Says before each request that its job gets on.
class AliveTransport final : public net::Transport {
 public:
  AliveTransport(std::unique_ptr<net::Transport> inner, std::function<void()> alive)
      : inner_(std::move(inner)), alive_(std::move(alive)) {}
  Result<net::Response> send(const net::Request& request) override {
    alive_();
    return inner_->send(request);
  }

 private:
  std::unique_ptr<net::Transport> inner_;
  std::function<void()> alive_;
};

}  // namespace

config::Catalog catalog() {
  config::Catalog catalog;
  for (const store::Type& type : store::types()) catalog.stores.push_back({type.name, type.settings});
  for (const identity::Type& type : identity::types())
    catalog.identities.push_back({type.name, type.settings, type.fence_max});
  for (const registry::Type& type : registry::types()) catalog.controls.push_back({type.name, type.settings});
  for (const publish::Type& type : publish::types()) catalog.publishers.push_back({type.name, type.settings});
  for (const ListenerType& type : listener_types()) catalog.listeners.push_back({type.name, type.settings});
  catalog.registry_host = &record::parse_registry_host;
  catalog.repository_pattern = &record::check_repository_pattern;
  catalog.action = &record::check_action;
  return catalog;
}

// Whatever is made stays until the end, so pointers to it may be handed out.
struct Parts::Impl {
  Use use;
  std::recursive_mutex mutex;  // making a control plane makes its identity and the transport
  std::string owner;
  std::string machine;
  std::unique_ptr<net::Transport> curl;
  std::map<std::string, std::unique_ptr<store::RecordStore>> stores;        // by name
  std::map<std::string, std::unique_ptr<net::Authorizer>> identities;       // by name, and site for a store
  std::map<std::string, std::unique_ptr<net::Transport>> held;              // by registry::throttled_as
  std::map<std::string, std::unique_ptr<registry::ControlPlane>> controls;  // by registry
  std::map<std::string, std::unique_ptr<registry::LoginProbe>> probes;      // by registry
  // By registry and whether it may rotate there; thousands of sessions share one.
  std::map<std::pair<std::string, bool>, std::shared_ptr<const rotate::World>> worlds;

  explicit Impl(Use given) : use(std::move(given)), owner(use.random.hex(16)), machine(read_machine_id()) {}

  Result<const config::Registry*> registry(const std::string& host) const;
  Result<const config::Typed*> identity_settings(const config::Registry& registry) const;
  Result<net::Authorizer*> identity_of(const config::Registry& registry);
  Result<net::Authorizer*> identity_by(const config::Typed& settings);
  Result<net::Authorizer*> identity_for(const std::string& name, const net::Site& site);
  Result<net::Transport*> get_transport();
  store::Context store_context();
  Result<store::RecordStore*> store_of(const std::string& host);
  Result<registry::ControlPlane*> control_of(const std::string& host);
  Result<registry::LoginProbe*> probe_of(const std::string& host);
  Result<std::shared_ptr<const rotate::World>> world_of(const config::Registry& known, bool may_rotate,
                                                        std::string instance);
};

Result<const config::Registry*> Parts::Impl::registry(const std::string& host) const {
  const auto found = use.config.registries.find(host);
  if (found == use.config.registries.end())
    return fail(ErrorCode::invalid_input, "the configuration has no registry '" + host + "'");
  return &found->second;
}

Result<const config::Typed*> Parts::Impl::identity_settings(const config::Registry& registry) const {
  if (!registry.control)
    return fail(
        ErrorCode::invalid_input,
        "registry '" + registry.host + "' has no 'control' in the configuration: it is not managed here");
  const auto found = use.config.identities.find(registry.control->text("identity"));
  CHECK_INVARIANT(found != use.config.identities.end());  // config refuses a dangling reference
  return &found->second;
}

Result<net::Authorizer*> Parts::Impl::identity_of(const config::Registry& registry) {
  return identity_by(*TRY(identity_settings(registry)));
}

Result<net::Authorizer*> Parts::Impl::identity_by(const config::Typed& settings) {
  auto& made = identities[settings.name];
  if (!made) {
    net::Transport* transport = TRY(get_transport());
    made = TRY(identity::make_identity(settings,
                                       {*transport, use.clock, use.environment, use.random, {}, use.wait}));
  }
  return made.get();
}

Result<net::Authorizer*> Parts::Impl::identity_for(const std::string& name, const net::Site& site) {
  const std::lock_guard lock(mutex);
  const auto found = use.config.identities.find(name);
  if (found == use.config.identities.end())
    return fail(ErrorCode::configuration, "the configuration has no identity '" + name + "'");
  auto& made = identities[name + "\n" + site.key()];
  if (!made) {
    net::Transport* transport = TRY(get_transport());
    made = TRY(identity::make_identity(found->second, {.transport = *transport,
                                                       .clock = use.clock,
                                                       .environment = use.environment,
                                                       .random = use.random,
                                                       .site = site,
                                                       .wait = use.wait}));
  }
  return made.get();
}

store::Context Parts::Impl::store_context() {
  return {
      .environment = use.environment,
      .clock = use.clock,
      .random = use.random,
      .transport = [this] { return get_transport(); },
      .identity = [this](const std::string& name, const net::Site& site) { return identity_for(name, site); },
      .wait = use.wait};
}

Result<net::Transport*> Parts::Impl::get_transport() {
  const std::lock_guard lock(mutex);
  if (!curl) {
    curl = TRY(net::load_curl_transport(use.stop));
    if (use.alive) curl = std::make_unique<AliveTransport>(std::move(curl), use.alive);
  }
  return curl.get();
}

Result<store::RecordStore*> Parts::Impl::store_of(const std::string& host) {
  const config::Registry* known = TRY(registry(host));
  auto& made = stores[known->store];
  if (!made) {
    const auto named = use.config.stores.find(known->store);
    const config::Typed settings = named != use.config.stores.end()
                                       ? named->second
                                       : store::default_store(use.environment, known->origin.system);
    made = TRY(store::open_store(settings, store_context()));
  }
  return made.get();
}

Result<registry::ControlPlane*> Parts::Impl::control_of(const std::string& host) {
  const config::Registry* known = TRY(registry(host));
  auto& made = controls[host];
  if (!made) {
    net::Authorizer* identity = TRY(identity_of(*known));
    auto& transport = held[registry::throttled_as(*known->control)];
    if (!transport) transport = net::with_shared_hold(*TRY(get_transport()), use.clock);
    made =
        TRY(registry::make_control_plane(*known, {*transport, use.clock, use.random, *identity, use.wait}));
  }
  return made.get();
}

Result<registry::LoginProbe*> Parts::Impl::probe_of(const std::string& host) {
  const config::Registry* known = TRY(registry(host));
  auto& made = probes[host];
  if (!made) made = registry::make_login_probe(*known, *TRY(get_transport()));
  return made.get();
}

Parts::Parts(Use use) : impl_(std::make_unique<Impl>(std::move(use))) {}
Parts::~Parts() = default;

Result<store::RecordStore*> Parts::store_of(const std::string& registry) {
  const std::lock_guard lock(impl_->mutex);
  return impl_->store_of(registry);
}

Result<registry::ControlPlane*> Parts::control_of(const std::string& registry) {
  const std::lock_guard lock(impl_->mutex);
  return impl_->control_of(registry);
}

Result<registry::LoginProbe*> Parts::probe_of(const std::string& registry) {
  const std::lock_guard lock(impl_->mutex);
  return impl_->probe_of(registry);
}

store::Context Parts::store_context() { return impl_->store_context(); }

Result<net::Transport*> Parts::transport() {
  const std::lock_guard lock(impl_->mutex);
  return impl_->get_transport();
}

Result<net::Authorizer*> Parts::identity(const std::string& name) {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->use.config.identities.find(name);
  if (found == impl_->use.config.identities.end())
    return fail(ErrorCode::configuration, "the configuration has no identity '" + name + "'");
  return impl_->identity_by(found->second);
}

Result<std::unique_ptr<publish::Publisher>> Parts::publisher_of(const config::Typed& settings) {
  return publish::make_publisher(
      settings, {impl_->use.environment, impl_->use.clock, [this] { return impl_->get_transport(); }});
}

Result<rotate::Policy> Parts::policy_of(const record::RecordName& name) {
  const config::Registry* known = TRY(impl_->registry(name.registry));
  const auto token = known->tokens.find(name.token);
  const config::Rotation& rotation = token != known->tokens.end() ? token->second.rotation : known->rotation;
  const config::Typed* identity = TRY(impl_->identity_settings(*known));
  const identity::Type* type = identity::find_type(identity->type);
  CHECK_INVARIANT(type != nullptr);  // config refuses an unknown type
  const Ticks fence_max = rotation.fence_max ? ticks(*rotation.fence_max) : Ticks(type->fence_max);
  return make_policy(rotation, fence_max, TRY(store_of(name.registry))->caps().read_lag);
}

Result<std::string> Parts::rotator_name(const std::string& host) {
  const config::Registry* known = TRY(impl_->registry(host));
  if (TRY(store_of(host))->caps().cas != store::CompareAndSet::none || !impl_->use.lock_file)
    return std::string();
  return instance_name(read_host_name(), impl_->machine, impl_->use.lock_file(known->origin.system));
}

Result<Ticks> Parts::rotator_wait(const record::RecordName& name) {
  const rotate::Policy policy = TRY(policy_of(name));
  const config::Registry* known = TRY(impl_->registry(name.registry));
  Ticks longest = policy.fence_max;
  const auto store = impl_->use.config.stores.find(known->store);
  if (store != impl_->use.config.stores.end() && store->second.has("identity")) {
    const auto identity = impl_->use.config.identities.find(store->second.text("identity"));
    CHECK_INVARIANT(identity != impl_->use.config.identities.end());  // config refuses a dangling reference
    longest = std::max<Ticks>(longest, identity::find_type(identity->second.type)->fence_max);
  }
  return longest + policy.fence_margin;
}

Result<std::shared_ptr<const rotate::World>> Parts::Impl::world_of(const config::Registry& known,
                                                                   bool may_rotate, std::string instance) {
  auto& world = worlds[{known.host, may_rotate}];
  if (world) return world;
  store::RecordStore* store = TRY(store_of(known.host));
  registry::ControlPlane* control = TRY(control_of(known.host));
  registry::LoginProbe* probe = TRY(probe_of(known.host));
  std::vector<std::string> endpoints = {known.host};
  endpoints.insert(endpoints.end(), known.endpoints.begin(), known.endpoints.end());
  world = std::make_shared<const rotate::World>(rotate::World{.store = *store,
                                                              .control = *control,
                                                              .probe = *probe,
                                                              .clock = use.clock,
                                                              .random = use.random,
                                                              .endpoints = std::move(endpoints),
                                                              .owner = owner,
                                                              .machine = machine,
                                                              .may_rotate = may_rotate,
                                                              .instance = std::move(instance),
                                                              .repairs_stopped = use.repairs_stopped,
                                                              .held_by = use.held_by});
  return world;
}

Result<rotate::Session> Parts::session_of(const record::RecordName& name, bool may_rotate) {
  const std::lock_guard lock(impl_->mutex);
  const config::Registry* known = TRY(impl_->registry(name.registry));
  auto world = TRY(impl_->world_of(*known, may_rotate, TRY(rotator_name(name.registry))));
  return rotate::Session(std::move(world), name, TRY(policy_of(name)));
}

}  // namespace scoped::loop
