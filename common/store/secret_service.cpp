#include "common/store/secret_service.h"

#include "common/base/file.h"
#include "common/base/lock.h"
#include "common/base/module.h"
#include "common/crypto/digest.h"
#include "common/record/codec.h"

#include <array>

namespace scoped::store {
namespace {

using record::RecordName;

constexpr std::chrono::seconds kLockPatience{5};

constexpr std::array kRows = {
    config::Setting{.name = "timeout",
                    .kind = config::Kind::duration,
                    .default_text = "5s",
                    .least = "100ms",
                    .most = "60s",
                    .doc = "How long the keyring may take; it may be asking somebody to unlock it."},
    config::Setting{
        .name = "docker_logins",
        .kind = config::Kind::boolean,
        .default_text = "true",
        .doc = "Logins that docker-credential-secretservice keeps there answer for registries that the "
               "configuration does not mention; they are read and never written."},
};

Revision revision_of(const Secret& text) { return crypto::hex(crypto::sha256(text.reveal())); }

class KeyringStore final : public RecordStore {
 public:
  KeyringStore(std::unique_ptr<Keyring> keyring, std::string lock_folder, Random& random)
      : keyring_(std::move(keyring)), lock_folder_(std::move(lock_folder)), random_(random) {}

  LoadResult load(const RecordName& name) override;
  Result<Revision> save(const RecordName& name, const record::Record& record,
                        const Revision& expected) override;
  Result<std::vector<RecordName>> list() override;
  Result<> erase(const RecordName& name) override;
  Caps caps() const override { return {CompareAndSet::local, std::chrono::seconds(0), true}; }
  std::string display() const override { return "secret_service"; }

 private:
  Result<FileLock> lock() const;
  Result<Secret> text_of(const RecordName& name, const record::Record& record) const;

  const std::unique_ptr<Keyring> keyring_;
  const std::string lock_folder_;
  Random& random_;
};

LoadResult locked() {
  return LoadResult::failed(LoadState::locked, Error(ErrorCode::denied,
                                                     "the keyring is locked: log in at the desktop, "
                                                     "or unlock it in its settings"));
}

Result<Found> read_item(const RecordName& name, const Secret& text) {
  record::Record record = TRY(record::parse_record(text));
  if (record.name() != name)
    return fail(ErrorCode::corrupt, "it holds the record of '" + record.name().display() + "'");
  return Found{std::move(record), revision_of(text)};
}

LoadResult KeyringStore::load(const RecordName& name) {
  auto item = keyring_->load({name.registry, name.token});
  if (!item) return LoadResult::failed(LoadState::unavailable, std::move(item).error());
  if (item->state == KeyringItem::State::absent) return LoadResult::absent();
  if (item->state == KeyringItem::State::locked) return locked();
  auto found = read_item(name, item->text);
  if (found) return LoadResult::of(std::move(*found));
  return LoadResult::failed(LoadState::corrupt,
                            std::move(found)
                                .error()
                                .as(ErrorCode::corrupt)
                                .within("item of '" + name.display() + "' in the keyring"));
}

Result<FileLock> KeyringStore::lock() const {
  TRY(make_folders(lock_folder_, 0700));
  const std::string path = lock_folder_ + "/keyring.lock";
  auto lock = TRY(FileLock::acquire(path, kLockPatience));
  if (!lock) return fail(ErrorCode::unavailable, "another process holds '" + path + "'");
  return std::move(*lock);
}

// Nothing is kept that could not be read back.
Result<Secret> KeyringStore::text_of(const RecordName& name, const record::Record& record) const {
  if (record.name() != name)
    return fail(ErrorCode::internal, "it is the record of '" + record.name().display() + "'");
  record::Record written = record.clone();
  written.write_id = random_.hex(16);
  Secret text = record::encode(written);
  if (const auto readable = record::parse_record(text); !readable)
    return fail(Error(readable.error()).as(ErrorCode::internal));
  return text;
}

Result<Revision> KeyringStore::save(const RecordName& name, const record::Record& record,
                                    const Revision& expected) {
  const std::string intention = "save record '" + name.display() + "'";
  const Secret text = TRY_WITH(text_of(name, record), intention);
  const FileLock held = TRY_WITH(lock(), intention);
  const KeyringItem before = TRY_WITH(keyring_->load({name.registry, name.token}), intention);
  if (before.state == KeyringItem::State::locked) return fail(Error(*locked().why).within(intention));
  const bool is_there = before.state == KeyringItem::State::found;
  if ((is_there ? revision_of(before.text) : Revision()) != expected)
    return fail(ErrorCode::conflict, "record '" + name.display() + "' was changed by somebody else");
  auto saved = keyring_->save({name.registry, name.token}, text);
  // Whoever does not answer may have kept it.
  if (!saved && saved.error().code() == ErrorCode::unavailable)
    return fail(std::move(saved).error().as(ErrorCode::ambiguous).within(intention));
  if (!saved) return fail(std::move(saved).error().within(intention));
  return revision_of(text);
}

Result<std::vector<RecordName>> KeyringStore::list() {
  std::vector<RecordName> names;
  for (KeyringName& each : TRY(keyring_->list()))
    names.push_back({std::move(each.registry), std::move(each.token)});
  return names;
}

Result<> KeyringStore::erase(const RecordName& name) {
  const std::string intention = "erase record '" + name.display() + "'";
  const FileLock held = TRY_WITH(lock(), intention);
  TRY_WITH(keyring_->erase({name.registry, name.token}), intention);
  return {};
}

std::string lock_folder(const Environment& environment) {
  const auto folder = environment.get("XDG_STATE_HOME");
  if (folder && folder->starts_with('/')) return *folder + "/scoped";
  return environment.get("HOME").value_or("/nonexistent") + "/.local/state/scoped";
}

}  // namespace

std::span<const config::Setting> secret_service_settings() { return kRows; }

std::unique_ptr<RecordStore> make_keyring_store(std::unique_ptr<Keyring> keyring, std::string folder,
                                                Random& random) {
  return std::make_unique<KeyringStore>(std::move(keyring), std::move(folder), random);
}

Result<std::unique_ptr<RecordStore>> open_secret_service(const config::Typed& settings,
                                                         const Context& context) {
  if (settings.origin.system)
    return fail(ErrorCode::configuration,
                "a keyring belongs to somebody's session: use sealed_file or vault for the system");
  return make_keyring_store(TRY(open_keyring(settings)), lock_folder(context.environment), context.random);
}

bool reads_docker_logins(const config::Typed& settings) {
  return settings.type == "secret_service" && !settings.origin.system &&
         std::get<bool>(settings.values.at("docker_logins"));
}

Result<std::unique_ptr<Keyring>> open_keyring(const config::Typed& settings) {
  void* const symbol = TRY(find_in_module("scoped-secret.so", SCOPED_LIBEXECDIR, kKeyringMakerName));
  std::unique_ptr<Keyring> keyring(
      reinterpret_cast<KeyringMaker>(symbol)(SCOPED_VERSION, settings.duration("timeout")));
  if (keyring == nullptr)
    return fail(ErrorCode::internal,
                "module 'scoped-secret.so' is not of version " SCOPED_VERSION "; install the package again");
  return keyring;
}

}  // namespace scoped::store
