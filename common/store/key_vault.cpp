#include "common/store/key_vault.h"

#include "common/json/value.h"
#include "common/record/codec.h"
#include "common/store/key_vault_client.h"
#include "common/store/key_vault_names.h"

#include <array>
#include <mutex>
#include <set>

namespace scoped::store {
namespace {

using config::Kind;
using record::RecordName;

constexpr size_t kLongestValue = 25 << 10;
// A vault that fails over to its paired region may show what was there a moment ago.
constexpr std::chrono::seconds kReadLag{2};
constexpr int kRecoverySteps = 12;
constexpr std::chrono::milliseconds kRecoveryPause{1'000};

constexpr std::array kSettings = {
    config::Setting{.name = "address",
                    .kind = Kind::url,
                    .required = true,
                    .doc = "Address of the Key Vault: https://NAME.vault.azure.net."},
    config::Setting{.name = "prefix",
                    .default_text = "registry-tokens",
                    .doc = "What the names of its secrets with records begin with."},
    config::Setting{.name = "identity",
                    .kind = Kind::identity,
                    .required = true,
                    .doc = "Who logs in there: an identity of Entra."},
    config::Setting{.name = "ca_file",
                    .kind = Kind::path,
                    .doc = "Certificate authorities (PEM) that are trusted beside the system's."},
};

LoadState state_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::denied:
    case ErrorCode::login:
      return LoadState::denied;
    case ErrorCode::corrupt:
      return LoadState::corrupt;
    default:
      return LoadState::unavailable;
  }
}

// What is under a name.
struct Reading {
  std::optional<KeyVaultSecret> live;  // the latest version, unless it is one of an erased record
  std::optional<Error> why;            // why that is not known; with neither there is no record
  bool in_bin = false;                 // the name is one of a deleted secret

  static Reading failed(Error why) { return {std::nullopt, std::move(why), false}; }
};

class KeyVault final : public RecordStore {
 public:
  KeyVault(KeyVaultClient client, std::string prefix, Random& random)
      : client_(std::move(client)), prefix_(std::move(prefix)), random_(random) {}

  LoadResult load(const RecordName& name) override;
  Result<Revision> save(const RecordName& name, const record::Record& record,
                        const Revision& expected) override;
  Result<std::vector<RecordName>> list() override;
  Result<> erase(const RecordName& name) override;
  Caps caps() const override { return {CompareAndSet::none, kReadLag, false}; }
  std::string display() const override { return "Key Vault " + client_.address(); }

  Result<> probe();

 private:
  std::string path_of(const RecordName& name) const { return "secrets/" + key_vault_name(prefix_, name); }
  std::string bin_of(const RecordName& name) const {
    return "deletedsecrets/" + key_vault_name(prefix_, name);
  }
  Reading read(const RecordName& name, const net::Pinned* pinned = nullptr);
  Reading look_into_bin(const RecordName& name, const net::Pinned* pinned);
  Result<std::string> put(const RecordName& name, const Secret& body, const net::Pinned* pinned = nullptr);
  Result<std::string> confirm(const RecordName& name, const std::string& write_id, Error otherwise);
  Result<> recover(const RecordName& name);
  Result<> disable(const RecordName& name, const std::string& version);
  Result<> disable_before(const RecordName& name, const std::string& latest);
  void tidy(const RecordName& name, const Revision& before, const std::string& now);

  KeyVaultClient client_;
  const std::string prefix_;
  Random& random_;
  std::mutex mutex_;
  std::set<RecordName> tidied_;  // whose older versions were all looked at
};

// A deleted secret that we erased ourselves holds nothing; anybody else's may hold the one password.
Reading KeyVault::look_into_bin(const RecordName& name, const net::Pinned* pinned) {
  auto answer = client_.read(bin_of(name), pinned);
  if (!answer) return Reading::failed(std::move(answer).error());
  if (answer->refusal == KeyVaultRefusal::missing) return {};
  if (answer->refusal != KeyVaultRefusal::none)
    return Reading::failed(client_.error_of(*answer, "get deleted"));
  const auto secret = parse_key_vault_secret(answer->body.reveal());
  if (!secret) return Reading::failed(Error(secret.error()).within(answer->tried));
  if (secret->content_type == kErasedContent) return {std::nullopt, std::nullopt, true};
  answer->refusal = KeyVaultRefusal::deleted;
  return {std::nullopt, client_.error_of(*answer, ""), true};
}

Reading KeyVault::read(const RecordName& name, const net::Pinned* pinned) {
  auto answer = client_.read(path_of(name), pinned);
  if (!answer) return Reading::failed(std::move(answer).error());
  if (answer->refusal == KeyVaultRefusal::missing) return look_into_bin(name, pinned);
  if (answer->refusal != KeyVaultRefusal::none) return Reading::failed(client_.error_of(*answer, "get"));
  auto secret = parse_key_vault_secret(answer->body.reveal());
  if (!secret) return Reading::failed(std::move(secret).error().within(answer->tried));
  if (secret->version.empty())
    return Reading::failed(
        Error(ErrorCode::unavailable, "that is no answer of a Key Vault: no version").within(answer->tried));
  if (!secret->enabled) {
    answer->refusal = KeyVaultRefusal::disabled;
    return Reading::failed(client_.error_of(*answer, ""));
  }
  if (secret->content_type == kErasedContent) return {};
  return {std::move(*secret), std::nullopt, false};
}

LoadResult KeyVault::load(const RecordName& name) {
  const std::string intention = "load record '" + name.display() + "'";
  Reading reading = read(name);
  if (reading.why) {
    const LoadState state = state_of(reading.why->code());
    return LoadResult::failed(state, std::move(*reading.why).within(intention));
  }
  if (!reading.live) return LoadResult::absent();
  auto record = record::parse_record(reading.live->value);
  const std::string place = "secret '" + key_vault_name(prefix_, name) + "' of the Key Vault";
  if (!record)
    return LoadResult::failed(LoadState::corrupt, std::move(record).error().within(place).within(intention));
  if (record->name() != name)
    return LoadResult::failed(
        LoadState::corrupt,
        Error(ErrorCode::corrupt, place + " is the record of another token").within(intention));
  return LoadResult::of({std::move(*record), reading.live->version});
}

json::Object attributes_of(const record::Record& record) {
  json::Object attributes;
  attributes.set("enabled", true);
  if (!record.current) return attributes;
  attributes.set("nbf", unix_seconds(record.current->created_at));
  if (record.current->expires_at) attributes.set("exp", unix_seconds(*record.current->expires_at));
  return attributes;
}

// The value is secret and is never in a tree: it goes in between.
Secret body_of(std::string_view value, std::string_view content, const Tags& tags, json::Object attributes) {
  json::Object tag_members;
  for (const auto& [key, text] : tags) tag_members.set(key, text);
  json::Object rest;
  rest.set("contentType", content);
  rest.set("tags", std::move(tag_members));
  rest.set("attributes", std::move(attributes));
  const std::string others = json::dump(std::move(rest));
  const Secret quoted_value = Secret::take(json::quote(value));
  std::string text = R"({"value":)";
  text.reserve(text.size() + quoted_value.size() + others.size() + 1);
  text.append(quoted_value.reveal()).append(",").append(std::string_view(others).substr(1));
  return Secret::take(std::move(text));
}

Result<> KeyVault::recover(const RecordName& name) {
  const std::string path = bin_of(name) + "/recover";
  KeyVaultAnswer answer = TRY(client_.write("POST", path, Secret("{}")));
  const bool has_begun = answer.refusal == KeyVaultRefusal::none ||
                         answer.refusal == KeyVaultRefusal::in_transition ||
                         answer.refusal == KeyVaultRefusal::missing;  // somebody was faster
  return has_begun ? Result<>() : Result<>(fail(client_.error_of(answer, "recover deleted")));
}

// A name that is one of a deleted secret is recovered first, which takes the vault some seconds.
Result<std::string> KeyVault::put(const RecordName& name, const Secret& body, const net::Pinned* pinned) {
  bool recovered = false;
  for (int step = 1;; ++step) {
    const KeyVaultAnswer answer = TRY(client_.write("PUT", path_of(name), body.clone(), pinned));
    if (answer.refusal == KeyVaultRefusal::none) {
      const auto secret = parse_key_vault_secret(answer.body.reveal());
      if (!secret || secret->version.empty())
        return fail(ErrorCode::ambiguous, answer.tried + ": the answer does not name the version");
      return secret->version;
    }
    const bool is_deleted = answer.refusal == KeyVaultRefusal::deleted;
    if ((!is_deleted && answer.refusal != KeyVaultRefusal::in_transition) || step == kRecoverySteps)
      return fail(client_.error_of(answer, "set"));
    if (is_deleted && !recovered) TRY(recover(name));
    recovered = recovered || is_deleted;
    if (!client_.pause(kRecoveryPause)) return fail(client_.error_of(answer, "set"));
  }
}

// Whether a write whose answer was lost is there.
Result<std::string> KeyVault::confirm(const RecordName& name, const std::string& write_id, Error otherwise) {
  const Reading reading = read(name);
  if (reading.live) {
    const auto record = record::parse_record(reading.live->value);
    if (record && record->write_id == write_id) return reading.live->version;
  }
  return fail(std::move(otherwise));
}

Result<> KeyVault::disable(const RecordName& name, const std::string& version) {
  const KeyVaultAnswer answer = TRY(
      client_.write("PATCH", path_of(name) + "/" + version, Secret(R"({"attributes":{"enabled":false}})")));
  if (answer.refusal != KeyVaultRefusal::none) return fail(client_.error_of(answer, "set"));
  return {};
}

// Those made before the latest only: another writer may have made a later one meanwhile.
Result<> KeyVault::disable_before(const RecordName& name, const std::string& latest) {
  const auto versions = TRY(client_.list(path_of(name) + "/versions", "list"));
  int64_t newest = 0;
  for (const KeyVaultSecret& each : versions)
    if (each.version == latest) newest = each.created;
  for (const KeyVaultSecret& each : versions)
    if (each.enabled && each.version != latest && !each.version.empty() && each.created < newest)
      TRY(disable(name, each.version));
  return {};
}

// What fails here is done with the next save, and harms nobody meanwhile: readers take the latest version.
void KeyVault::tidy(const RecordName& name, const Revision& before, const std::string& now) {
  if (!before.empty()) (void)disable(name, before);
  {
    const std::lock_guard lock(mutex_);
    if (tidied_.contains(name)) return;
  }
  if (!disable_before(name, now)) return;
  const std::lock_guard lock(mutex_);
  tidied_.insert(name);
}

Result<Revision> KeyVault::save(const RecordName& name, const record::Record& record,
                                const Revision& expected) {
  const std::string intention = "save record '" + name.display() + "'";
  if (record.name() != name)
    return fail(ErrorCode::internal, intention + ": it is the record of '" + record.name().display() + "'");
  record::Record written = record.clone();
  written.write_id = random_.hex(16);
  const Secret text = record::encode(written);
  if (text.size() > kLongestValue)
    return fail(ErrorCode::invalid_input, intention + ": it has " + std::to_string(text.size()) +
                                              " bytes, and a Key Vault keeps at most " +
                                              std::to_string(kLongestValue));
  const net::Pinned pinned = TRY_WITH(client_.pin(path_of(name)), intention);
  const Reading now = read(name, &pinned);
  if (now.why) return fail(Error(*now.why).within(intention));
  if ((now.live ? now.live->version : Revision()) != expected)
    return fail(ErrorCode::conflict, intention + ": somebody else wrote it first: read it again");
  auto version = put(
      name, body_of(text.reveal(), kRecordContent, key_vault_tags(written), attributes_of(written)), &pinned);
  if (!version && version.error().code() == ErrorCode::ambiguous)
    version = confirm(name, written.write_id, std::move(version).error());
  if (!version) return fail(std::move(version).error().within(intention));
  tidy(name, expected, *version);
  return *version;
}

// A secret without our tag was written by a person: its value tells whose record it is.
Result<std::vector<RecordName>> KeyVault::list() {
  const std::string intention = "list the records in " + display();
  std::vector<RecordName> names;
  for (const KeyVaultSecret& each : TRY_WITH(client_.list("secrets", "list"), intention)) {
    if (!each.enabled || each.content_type == kErasedContent || !each.name.starts_with(prefix_ + "--"))
      continue;
    auto name = tagged_name(each.provider_address);
    if (!name) {
      const KeyVaultAnswer answer = TRY_WITH(client_.read("secrets/" + each.name), intention);
      const auto secret = parse_key_vault_secret(answer.body.reveal());
      const auto record = secret ? record::parse_record(secret->value) : fail(ErrorCode::corrupt, "");
      if (record) name = record->name();
    }
    if (name && key_vault_name(prefix_, *name) == each.name) names.push_back(std::move(*name));
  }
  return names;
}

Result<> KeyVault::erase(const RecordName& name) {
  const std::string intention = "erase record '" + name.display() + "'";
  const Reading now = read(name);
  if (now.why && !now.in_bin && now.why->code() != ErrorCode::denied)
    return fail(Error(*now.why).within(intention));
  if (!now.live && !now.why) return {};
  Tags tags = {{"ProviderAddress", name.display()}};
  const std::string empty = TRY_WITH(put(name, body_of("{}", kErasedContent, tags, {})), intention);
  TRY_WITH(disable_before(name, empty), intention);
  if (now.live) TRY_WITH(disable(name, now.live->version), intention);
  const KeyVaultAnswer answer = TRY_WITH(client_.write("DELETE", path_of(name), {}), intention);
  if (answer.refusal != KeyVaultRefusal::none && answer.refusal != KeyVaultRefusal::missing)
    return fail(client_.error_of(answer, "delete").within(intention));
  return {};
}

// The answer that no secret has that name is given only to who may read.
Result<> KeyVault::probe() {
  const KeyVaultAnswer answer = TRY(client_.read("secrets/" + prefix_ + "--init"));
  if (answer.refusal != KeyVaultRefusal::none && answer.refusal != KeyVaultRefusal::missing)
    return fail(client_.error_of(answer, "get"));
  return {};
}

Result<std::unique_ptr<KeyVault>> open(const config::Typed& settings, const Context& context) {
  if (!context.transport || !context.identity)
    return fail(ErrorCode::internal, "this program opens no store over a network");
  std::string prefix = settings.text_or("prefix", "registry-tokens");
  if (!is_key_vault_prefix(prefix))
    return fail(ErrorCode::configuration,
                "'prefix' is not 1 to 40 letters and digits with single '-' between them");
  net::Transport* transport = TRY(context.transport());
  KeyVaultClient client(
      {*transport,
       [identity = context.identity, name = settings.text("identity")](const net::Site& site) {
         return identity(name, site);
       },
       context.random, settings.text("address"), settings.text_or("ca_file", ""), context.wait});
  return std::make_unique<KeyVault>(std::move(client), std::move(prefix), context.random);
}

}  // namespace

std::span<const config::Setting> key_vault_settings() { return kSettings; }

Result<std::unique_ptr<RecordStore>> open_key_vault(const config::Typed& settings, const Context& context) {
  return std::unique_ptr<RecordStore>(TRY(open(settings, context)));
}

Result<bool> init_key_vault(const config::Typed& settings, const Context& context) {
  const auto store = TRY(open(settings, context));
  TRY_WITH(store->probe(), store->display());
  return false;
}

}  // namespace scoped::store
