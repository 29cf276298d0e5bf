// scoped-secret.so: a Keyring over libsecret. libsecret answers "not there" for a locked keyring too, so
// items are searched for without unlocking and looked at; it matches attributes loosely, so they are compared
// here.
#include "common/base/handle.h"
#include "common/store/keyring.h"

// Items are asked for by their paths, since objects would load what nobody reads.
#define SECRET_API_SUBJECT_TO_CHANGE
#include <libsecret/secret.h>

#include <string.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace scoped::store {
namespace {

constexpr const char* kApplication = "application";
constexpr const char* kOurs = "docker-credential-scoped";
constexpr const char* kLocked = "the keyring is locked: log in at the desktop, or unlock it in its settings";
constexpr const char* kRegistry = "registry";
constexpr const char* kToken = "token";

// The schema's name is not matched: a locked gnome-keyring finds nothing by it, so `application` says whose
// item it is.
const SecretSchema* schema() {
  static const SecretSchema made = {"org.dockercredentialscoped.Record",
                                    SECRET_SCHEMA_DONT_MATCH_NAME,
                                    {{kApplication, SECRET_SCHEMA_ATTRIBUTE_STRING},
                                     {kRegistry, SECRET_SCHEMA_ATTRIBUTE_STRING},
                                     {kToken, SECRET_SCHEMA_ATTRIBUTE_STRING},
                                     {nullptr, {}}},
                                    0,
                                    nullptr,
                                    nullptr,
                                    nullptr,
                                    nullptr,
                                    nullptr,
                                    nullptr,
                                    nullptr};
  return &made;
}

// Of docker-credential-secretservice; by these attributes it finds its items itself.
constexpr const char* kServer = "server";
constexpr const char* kUsername = "username";
constexpr const char* kDockers = "docker_cli";

const SecretSchema* docker_schema() {
  static const SecretSchema made = {"io.docker.Credentials",
                                    SECRET_SCHEMA_DONT_MATCH_NAME,
                                    {{kServer, SECRET_SCHEMA_ATTRIBUTE_STRING},
                                     {kUsername, SECRET_SCHEMA_ATTRIBUTE_STRING},
                                     {kDockers, SECRET_SCHEMA_ATTRIBUTE_STRING},
                                     {nullptr, {}}},
                                    0,
                                    nullptr,
                                    nullptr,
                                    nullptr,
                                    nullptr,
                                    nullptr,
                                    nullptr,
                                    nullptr};
  return &made;
}

using Service = Handle<SecretService, g_object_unref>;
using Collection = Handle<SecretCollection, g_object_unref>;
using Value = Handle<SecretValue, secret_value_unref>;
using Attributes = Handle<GHashTable, g_hash_table_unref>;
using Problem = Handle<GError, g_error_free>;
using Item = Handle<SecretItem, g_object_unref>;
using Strings = Handle<gchar*, g_strfreev>;

// The service without its properties and signals, which a load does not need: each would be a wait more.
// Whatever is asked first starts a keyring that does not run. libsecret sets its own flags, so ours are set
// after it, which GObject allows while an object is made. For loads alone: KeePassXC keeps nothing that is
// saved through it.
GObject* make_lean_service(GType type, guint count, GObjectConstructParam* properties) {
  constexpr int kFlags = G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES |
                         G_DBUS_PROXY_FLAGS_DO_NOT_CONNECT_SIGNALS |
                         G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START_AT_CONSTRUCTION;
  auto* const usual = G_OBJECT_CLASS(g_type_class_peek(SECRET_TYPE_SERVICE));
  GObject* const made = usual->constructor(type, count, properties);
  g_object_set(made, "g-flags", kFlags, nullptr);
  return made;
}

GType lean_service_type() {
  static const GType type = g_type_register_static_simple(
      SECRET_TYPE_SERVICE, "ScopedLeanService", sizeof(SecretServiceClass),
      [](gpointer lean, gpointer) { G_OBJECT_CLASS(lean)->constructor = &make_lean_service; },
      sizeof(SecretService), nullptr, G_TYPE_FLAG_NONE);
  return type;
}

struct FreeItems {
  void operator()(GList* list) const { g_list_free_full(list, g_object_unref); }
};
using Items = std::unique_ptr<GList, FreeItems>;

// Cancels what takes too long: a keyring may ask somebody who is not there.
class Bounded {
 public:
  explicit Bounded(std::chrono::milliseconds patience)
      : cancellable_(g_cancellable_new()), timer_([this, patience] {
          std::unique_lock lock(mutex_);
          if (over_.wait_for(lock, patience, [this] { return done_; })) return;
          expired_ = true;
          g_cancellable_cancel(cancellable_.get());
        }) {}
  ~Bounded() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    over_.notify_all();
    timer_.join();
  }
  GCancellable* get() const { return cancellable_.get(); }
  bool expired() {
    const std::lock_guard lock(mutex_);
    return expired_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable over_;
  bool done_ = false, expired_ = false;
  Handle<GCancellable, g_object_unref> cancellable_;
  std::thread timer_;
};

// Why, and what to do about it: the bus, the keeper of secrets and the person are told apart.
Error explain(const GError* problem, bool expired) {
  const std::string said = problem == nullptr ? "" : problem->message;
  const auto says = [&](const char* part) { return said.find(part) != std::string::npos; };
  if (expired)
    return Error(ErrorCode::unavailable,
                 "the keyring does not answer in time: is it asking somebody to unlock it?");
  if (says("autolaunch") || says("DISPLAY") || says("Could not connect") || says("No such file or directory"))
    return Error(ErrorCode::unavailable,
                 "there is no session bus (a keyring belongs to a desktop session): use a store "
                 "of type sealed_file here");
  if (says("not provided by any .service") || says("StartServiceByName") || says("ServiceUnknown"))
    return Error(ErrorCode::unavailable,
                 "nobody keeps secrets in this session: install gnome-keyring, or use a store of "
                 "type sealed_file");
  if (says("dismissed") || says("ancelled") || says("prompt"))
    return Error(ErrorCode::denied, "unlocking the keyring was cancelled");
  if (says("locked"))
    return Error(ErrorCode::denied,
                 "the keyring is locked: log in at the desktop, or unlock it in its settings");
  return Error(ErrorCode::unavailable, "the keyring says: " + said);
}

Attributes attributes_of(const KeyringName& name) {
  return Attributes(secret_attributes_build(schema(), kApplication, kOurs, kRegistry, name.registry.c_str(),
                                            kToken, name.token.c_str(), nullptr));
}

std::string text_at(GHashTable* table, const char* key) {
  const auto* value = static_cast<const char*>(g_hash_table_lookup(table, key));
  return value == nullptr ? std::string() : value;
}

std::vector<std::string> texts_of(gchar** strings) {
  std::vector<std::string> texts;
  for (; strings != nullptr && *strings != nullptr; ++strings) texts.emplace_back(*strings);
  return texts;
}

KeyringName name_of(SecretItem* item) {
  const Attributes attributes(secret_item_get_attributes(item));
  return {text_at(attributes.get(), kRegistry), text_at(attributes.get(), kToken)};
}

class LibsecretKeyring final : public Keyring {
 public:
  explicit LibsecretKeyring(std::chrono::milliseconds patience) : patience_(patience) {}

  Result<KeyringItem> load(const KeyringName& name) override {
    Bounded bounded(patience_);
    const Service service = TRY(connect(bounded, lean_service_type()));
    const Paths paths = TRY(find_paths(bounded, service.get(), schema(), attributes_of(name).get()));
    KeyringItem found;
    if (paths.unlocked.size() == 1) {  // the record in it says whose it is
      found.text = TRY(read(bounded, service.get(), paths.unlocked.front()));
      found.state = KeyringItem::State::found;
      return found;
    }
    for (const std::string& path : paths.unlocked) {
      const Attributes attributes = TRY(attributes_at(bounded, service.get(), path));
      if (text_at(attributes.get(), kRegistry) != name.registry ||
          text_at(attributes.get(), kToken) != name.token)
        continue;
      found.text = TRY(read(bounded, service.get(), path));
      found.state = KeyringItem::State::found;
      return found;
    }
    if (!paths.locked.empty() || (paths.unlocked.empty() && TRY(is_locked(bounded, service.get()))))
      found.state = KeyringItem::State::locked;
    return found;
  }

  Result<> save(const KeyringName& name, const Secret& text) override {
    Bounded bounded(patience_);
    const Service service = TRY(connect(bounded));
    const Attributes attributes = attributes_of(name);
    const std::string_view bytes = text.reveal();
    const Value value(secret_value_new(bytes.data(), static_cast<gssize>(bytes.size()), "application/json"));
    GError* problem = nullptr;
    const std::string label = "Registry token " + name.registry + "/" + name.token;
    const bool stored =
        secret_service_store_sync(service.get(), schema(), attributes.get(), SECRET_COLLECTION_DEFAULT,
                                  label.c_str(), value.get(), bounded.get(), &problem);
    return stored ? Result<>() : failure(problem, bounded);
  }

  Result<> erase(const KeyringName& name) override {
    Bounded bounded(patience_);
    const Service service = TRY(connect(bounded));
    const Attributes attributes = attributes_of(name);
    GError* problem = nullptr;
    secret_service_clear_sync(service.get(), schema(), attributes.get(), bounded.get(), &problem);
    return problem == nullptr ? Result<>() : failure(problem, bounded);
  }

  Result<std::vector<KeyringName>> list() override {
    Bounded bounded(patience_);
    const Service service = TRY(connect(bounded));
    const Attributes all(secret_attributes_build(schema(), kApplication, kOurs, nullptr));
    const Items items = TRY(search(bounded, service.get(), schema(), all.get()));
    if (items == nullptr && TRY(is_locked(bounded, service.get()))) return fail(ErrorCode::denied, kLocked);
    std::vector<KeyringName> names;
    for (GList* each = items.get(); each != nullptr; each = each->next) {
      auto* item = static_cast<SecretItem*>(each->data);
      if (secret_item_get_locked(item)) return fail(ErrorCode::denied, kLocked);
      names.push_back(name_of(item));
    }
    return names;
  }

  Result<KeyringLogin> docker_login(const std::vector<std::string>& server_urls) override {
    Bounded bounded(patience_);
    const Service service = TRY(connect(bounded));
    KeyringLogin login;
    for (const std::string& server_url : server_urls) {
      const Attributes wanted(
          secret_attributes_build(docker_schema(), kServer, server_url.c_str(), kDockers, "1", nullptr));
      const Paths paths = TRY(find_paths(bounded, service.get(), docker_schema(), wanted.get()));
      if (!paths.locked.empty()) login.state = KeyringItem::State::locked;
      if (paths.unlocked.empty()) continue;
      const std::string& path = paths.unlocked.back();  // which Docker's helper takes too
      const Attributes attributes = TRY(attributes_at(bounded, service.get(), path));
      login.username = text_at(attributes.get(), kUsername);
      login.secret = TRY(read(bounded, service.get(), path));
      login.state = KeyringItem::State::found;
      return login;
    }
    return login;
  }

  Result<std::map<std::string, std::string>> docker_usernames() override {
    Bounded bounded(patience_);
    const Service service = TRY(connect(bounded));
    const Attributes all(secret_attributes_build(docker_schema(), kDockers, "1", nullptr));
    const Items items = TRY(search(bounded, service.get(), docker_schema(), all.get()));
    std::map<std::string, std::string> usernames;
    for (GList* each = items.get(); each != nullptr; each = each->next) {
      auto* item = static_cast<SecretItem*>(each->data);
      if (secret_item_get_locked(item)) continue;
      const Attributes attributes(secret_item_get_attributes(item));
      usernames[text_at(attributes.get(), kServer)] = text_at(attributes.get(), kUsername);
    }
    return usernames;
  }

 private:
  static tl::unexpected<Error> failure(GError* problem, Bounded& bounded) {
    const Problem owned(problem);
    return fail(explain(problem, bounded.expired()));
  }

  static Result<Service> connect(Bounded& bounded, GType type = SECRET_TYPE_SERVICE) {
    GError* problem = nullptr;
    Service service(
        secret_service_open_sync(type, nullptr, SECRET_SERVICE_OPEN_SESSION, bounded.get(), &problem));
    if (!service) return failure(problem, bounded);
    return service;
  }

  struct Paths {
    std::vector<std::string> unlocked, locked;
  };

  static Result<Paths> find_paths(Bounded& bounded, SecretService* service, const SecretSchema* kind,
                                  GHashTable* wanted) {
    GError* problem = nullptr;
    gchar **unlocked = nullptr, **locked = nullptr;
    secret_service_search_for_dbus_paths_sync(service, kind, wanted, bounded.get(), &unlocked, &locked,
                                              &problem);
    const Strings owned_unlocked(unlocked), owned_locked(locked);
    if (problem != nullptr) return failure(problem, bounded);
    return Paths{texts_of(unlocked), texts_of(locked)};
  }

  static Result<Attributes> attributes_at(Bounded& bounded, SecretService* service, const std::string& path) {
    GError* problem = nullptr;
    const Item item(
        secret_item_new_for_dbus_path_sync(service, path.c_str(), SECRET_ITEM_NONE, bounded.get(), &problem));
    if (!item) return failure(problem, bounded);
    return Attributes(secret_item_get_attributes(item.get()));
  }

  static Result<Items> search(Bounded& bounded, SecretService* service, const SecretSchema* kind,
                              GHashTable* wanted) {
    GError* problem = nullptr;
    Items items(
        secret_service_search_sync(service, kind, wanted, SECRET_SEARCH_ALL, bounded.get(), &problem));
    if (problem != nullptr) return failure(problem, bounded);
    return items;
  }

  // KeePassXC shows nothing of a database that is not open, so nothing that was found proves nothing.
  static Result<bool> is_locked(Bounded& bounded, SecretService* service) {
    GError* problem = nullptr;
    const Collection collection(secret_collection_for_alias_sync(
        service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE, bounded.get(), &problem));
    if (problem != nullptr) return failure(problem, bounded);
    return collection != nullptr && secret_collection_get_locked(collection.get());
  }

  static Result<Secret> read(Bounded& bounded, SecretService* service, const std::string& path) {
    GError* problem = nullptr;
    const Value value(
        secret_service_get_secret_for_dbus_path_sync(service, path.c_str(), bounded.get(), &problem));
    if (problem != nullptr) return failure(problem, bounded);
    if (!value) return fail(ErrorCode::unavailable, "the keyring gives an item without a secret");
    gsize size = 0;
    const gchar* bytes = secret_value_get(value.get(), &size);
    return Secret(std::string_view(bytes, size));
  }

  const std::chrono::milliseconds patience_;
};

}  // namespace
}  // namespace scoped::store

extern "C" __attribute__((visibility("default"))) scoped::store::Keyring* scoped_make_keyring(
    const char* version, std::chrono::milliseconds patience) {
  if (strcmp(version, SCOPED_VERSION) != 0) return nullptr;
  return new scoped::store::LibsecretKeyring(patience);
}
