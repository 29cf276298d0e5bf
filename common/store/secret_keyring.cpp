// scoped-secret.so: a Keyring over libsecret. libsecret answers "not there" for a locked keyring too, so
// items are searched for without unlocking and looked at; it matches attributes loosely, so they are compared
// here.
#include "common/base/handle.h"
#include "common/store/keyring.h"

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

using Service = Handle<SecretService, g_object_unref>;
using Collection = Handle<SecretCollection, g_object_unref>;
using Value = Handle<SecretValue, secret_value_unref>;
using Attributes = Handle<GHashTable, g_hash_table_unref>;
using Problem = Handle<GError, g_error_free>;

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

KeyringName name_of(SecretItem* item) {
  const Attributes attributes(secret_item_get_attributes(item));
  return {text_at(attributes.get(), kRegistry), text_at(attributes.get(), kToken)};
}

class LibsecretKeyring final : public Keyring {
 public:
  explicit LibsecretKeyring(std::chrono::milliseconds patience) : patience_(patience) {}

  Result<KeyringItem> load(const KeyringName& name) override {
    Bounded bounded(patience_);
    const Service service = TRY(connect(bounded));
    const Attributes wanted = attributes_of(name);
    const Items items = TRY(search(bounded, service.get(), wanted.get()));
    KeyringItem found;
    for (GList* each = items.get(); each != nullptr; each = each->next) {
      auto* item = static_cast<SecretItem*>(each->data);
      if (secret_item_get_locked(item)) {  // what it is found by cannot be read then
        found.state = KeyringItem::State::locked;
        continue;
      }
      const KeyringName its = name_of(item);
      if (its.registry != name.registry || its.token != name.token) continue;
      found.text = TRY(read(bounded, item));
      found.state = KeyringItem::State::found;
      return found;
    }
    if (items == nullptr && TRY(is_locked(bounded, service.get()))) found.state = KeyringItem::State::locked;
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
    const Items items = TRY(search(bounded, service.get(), all.get()));
    if (items == nullptr && TRY(is_locked(bounded, service.get()))) return fail(ErrorCode::denied, kLocked);
    std::vector<KeyringName> names;
    for (GList* each = items.get(); each != nullptr; each = each->next) {
      auto* item = static_cast<SecretItem*>(each->data);
      if (secret_item_get_locked(item)) return fail(ErrorCode::denied, kLocked);
      names.push_back(name_of(item));
    }
    return names;
  }

 private:
  static tl::unexpected<Error> failure(GError* problem, Bounded& bounded) {
    const Problem owned(problem);
    return fail(explain(problem, bounded.expired()));
  }

  static Result<Service> connect(Bounded& bounded) {
    GError* problem = nullptr;
    Service service(secret_service_open_sync(SECRET_TYPE_SERVICE, nullptr, SECRET_SERVICE_OPEN_SESSION,
                                             bounded.get(), &problem));
    if (!service) return failure(problem, bounded);
    return service;
  }

  static Result<Items> search(Bounded& bounded, SecretService* service, GHashTable* wanted) {
    GError* problem = nullptr;
    Items items(
        secret_service_search_sync(service, schema(), wanted, SECRET_SEARCH_ALL, bounded.get(), &problem));
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

  static Result<Secret> read(Bounded& bounded, SecretItem* item) {
    GError* problem = nullptr;
    if (!secret_item_load_secret_sync(item, bounded.get(), &problem)) return failure(problem, bounded);
    const Value value(secret_item_get_secret(item));
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
