#include "common/store/vault_kv.h"

#include "common/record/codec.h"
#include "common/store/vault_client.h"
#include "common/store/vault_flaws.h"
#include "common/store/vault_paths.h"
#include "common/store/vault_settings.h"

#include <algorithm>
#include <charconv>
#include <mutex>
#include <set>

namespace scoped::store {
namespace {

using record::RecordName;

// OpenBao answers reads on standbys too, some moments behind.
constexpr std::chrono::seconds kReadLag{2};
constexpr int64_t kDestroyedAtOnce = 1'000;  // far more versions than a key keeps (10, if nothing is set)
constexpr int kErasures = 5;                 // a foreign writer may come between

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

LoadState state_of(Refusal refusal, ErrorCode code) {
  const bool locked = refusal == Refusal::sealed || refusal == Refusal::namespace_locked;
  return locked ? LoadState::locked : state_of(code);
}

std::optional<int64_t> number_of(const Revision& revision) {
  int64_t number = 0;
  const char* end = revision.data() + revision.size();
  const auto [stop, problem] = std::from_chars(revision.data(), end, number);
  if (problem != std::errc() || stop != end || number < 1) return std::nullopt;
  return number;
}

// What is at a key, or why that is not known.
struct Reading {
  std::optional<VaultDocument> document;
  LoadState state = LoadState::unavailable;
  std::optional<Error> why;

  static Reading failed(LoadState state, Error why) { return {std::nullopt, state, std::move(why)}; }
  static Reading failed(Error why) { return failed(state_of(why.code()), std::move(why)); }
};

Secret document_body(int64_t cas, std::string_view data) {
  std::string text = R"({"options":{"cas":)" + std::to_string(cas) + R"(},"data":)";
  text.reserve(text.size() + data.size() + 1);  // never moved: the data is secret
  text.append(data).append("}");
  return Secret::take(std::move(text));
}

class VaultKv final : public RecordStore {
 public:
  VaultKv(VaultClient client, VaultPaths paths, std::optional<int> version, std::shared_ptr<const Fd> ca_text,
          Random& random)
      : client_(std::move(client)),
        paths_(std::move(paths)),
        random_(random),
        ca_text_(std::move(ca_text)),
        version_(version) {}

  LoadResult load(const RecordName& name) override;
  Result<Revision> save(const RecordName& name, const record::Record& record,
                        const Revision& expected) override;
  Result<std::vector<RecordName>> list() override;
  std::optional<std::set<std::string>> tokens_of(const std::string& registry) override;
  Result<> erase(const RecordName& name) override;
  Caps caps() const override;
  Result<std::vector<Flaw>> flaws(const RecordName& name, bool rotates) override;
  std::string display() const override { return "vault '" + paths_.folder("") + "' at " + client_.address(); }

  Result<int> detect();  // asks always

 private:
  struct Write {
    RecordName name;
    int64_t cas;
    std::string_view data;
    std::string write_id;
  };
  // The version of KV; asks where neither the configuration nor an answer has told it.
  Result<int> version();
  void learn(int version);

  Reading read(const RecordName& name);
  Reading read_versioned(const RecordName& name);
  Reading read_plain(const RecordName& name);
  Reading after_denial(const RecordName& name, const VaultAnswer& answer, const std::string& needs);

  Result<> check_kept(const RecordName& name);
  Result<Revision> create(const Write& write);
  Result<Revision> put(const Write& write);
  Result<Revision> look_for(const Write& write, Error otherwise);
  void require_cas(const RecordName& name);
  Result<> destroy_versions(const RecordName& name, int64_t latest);
  void destroy_before(const RecordName& name, int64_t version);
  void note(const RecordName& name, const VaultDocument& document);
  Result<std::vector<std::string>> keys(const std::string& folder);

  VaultClient client_;
  const VaultPaths paths_;
  Random& random_;
  const std::shared_ptr<const Fd> ca_text_;  // open as long as the client names it
  mutable std::mutex mutex_;
  std::optional<int> version_;
  std::set<RecordName> vanishing_;  // whose version the vault will delete by itself
};

std::string needs(const char* capability, const std::string& path) {
  return "'" + std::string(capability) + "' on '" + path + "'";
}

Error no_key_value(const VaultMount& mount, const std::string& path) {
  return {ErrorCode::configuration,
          "the vault's mount '" + path + "' is of type '" + mount.type + "', not 'kv'"};
}

void VaultKv::learn(int version) {
  const std::lock_guard lock(mutex_);
  version_ = version;
}

Result<int> VaultKv::detect() {
  const VaultAnswer answer = TRY(client_.read("sys/internal/ui/mounts/" + paths_.mount()));
  if (answer.refusal == Refusal::denied)
    return fail(ErrorCode::denied, "the vault has no mount '" + paths_.mount() +
                                       "', or the policy allows nothing in it: check 'mount', 'namespace' "
                                       "and the policy");
  // A vault from before there was a version 2 says so, and so does whatever else stands at a wrong address:
  // absent would not be proven.
  if (answer.refusal == Refusal::missing)
    return fail(ErrorCode::configuration,
                "the vault does not say what is mounted at '" + paths_.mount() +
                    "': check 'address', or set 'kv_version' for a vault that cannot");
  if (answer.refusal != Refusal::none) return fail(client_.error_of(answer, "a mount to be looked at"));
  const VaultMount mount = TRY(parse_vault_mount(answer.body.reveal()));
  if (mount.type != "kv" && mount.type != "generic") return fail(no_key_value(mount, paths_.mount()));
  learn(mount.version);
  return mount.version;
}

Result<int> VaultKv::version() {
  {
    const std::lock_guard lock(mutex_);
    if (version_) return *version_;
  }
  return detect();
}

Caps VaultKv::caps() const {
  const std::lock_guard lock(mutex_);
  return {version_ == 1 ? CompareAndSet::none : CompareAndSet::native, kReadLag, version_ != 1,
          version_ == 1};
}

void VaultKv::note(const RecordName& name, const VaultDocument& document) {
  const std::lock_guard lock(mutex_);
  if (document.is_live && document.vanishes)
    vanishing_.insert(name);
  else
    vanishing_.erase(name);
}

// A refusal says nothing of whether the mount is there, nor whether version 1 keeps the record under another
// path, which the policy allows: the vault is asked once more.
Reading VaultKv::after_denial(const RecordName& name, const VaultAnswer& answer, const std::string& needs) {
  const auto mounted = detect();
  if (mounted && *mounted == 1) return read_plain(name);
  if (!mounted && mounted.error().code() != ErrorCode::unavailable) {
    const LoadState state = LoadState::denied;
    return Reading::failed(state, mounted.error());
  }
  return Reading::failed(client_.error_of(answer, needs));
}

Reading VaultKv::read(const RecordName& name) {
  bool plain = false;
  {
    const std::lock_guard lock(mutex_);
    plain = version_ == 1;
  }
  return plain ? read_plain(name) : read_versioned(name);
}

// Where the version is not known yet, an answer of version 2 tells it and costs no request of its own.
Reading VaultKv::read_versioned(const RecordName& name) {
  const std::string path = paths_.of("data", name);
  auto answer = client_.read(path);
  if (!answer) return Reading::failed(std::move(answer).error());
  if (answer->refusal == Refusal::denied) return after_denial(name, *answer, needs("read", path));
  if (answer->status == 200 || (answer->status == 404 && answer->refusal == Refusal::other)) {
    auto document = parse_vault_document(answer->body.reveal());
    if (document) {
      learn(2);
      note(name, *document);
      return {std::move(*document), LoadState::found, std::nullopt};
    }
    const auto known = version();
    if (known && *known == 1) return read_plain(name);
    return Reading::failed(std::move(document).error().within(answer->tried));
  }
  if (answer->refusal == Refusal::missing) {
    const auto known = version();
    if (!known) return Reading::failed(known.error());
    return *known == 1 ? read_plain(name) : Reading{VaultDocument(), LoadState::found, std::nullopt};
  }
  Error error = client_.error_of(*answer, needs("read", path));
  const LoadState state = state_of(answer->refusal, error.code());
  return Reading::failed(state, std::move(error));
}

Reading VaultKv::read_plain(const RecordName& name) {
  const std::string path = paths_.of("", name);
  auto answer = client_.read(path);
  if (!answer) return Reading::failed(std::move(answer).error());
  if (answer->refusal == Refusal::missing) return {VaultDocument(), LoadState::found, std::nullopt};
  if (answer->refusal != Refusal::none) {
    Error error = client_.error_of(*answer, needs("read", path));
    const LoadState state = state_of(answer->refusal, error.code());
    return Reading::failed(state, std::move(error));
  }
  auto text = parse_vault_map(answer->body.reveal());
  if (!text) return Reading::failed(std::move(text).error().within(answer->tried));
  VaultDocument document;
  document.version = 1;
  document.is_live = true;
  document.data = std::move(*text);
  return {std::move(document), LoadState::found, std::nullopt};
}

LoadResult VaultKv::load(const RecordName& name) {
  const std::string intention = "load record '" + name.display() + "'";
  Reading reading = read(name);
  if (!reading.document) return LoadResult::failed(reading.state, std::move(*reading.why).within(intention));
  if (!reading.document->is_live) return LoadResult::absent();
  auto record = record::parse_record(reading.document->data);
  const std::string place = "'" + paths_.of("", name) + "' in the vault";
  if (!record)
    return LoadResult::failed(LoadState::corrupt, std::move(record).error().within(place).within(intention));
  if (record->name() != name)
    return LoadResult::failed(
        LoadState::corrupt,
        Error(ErrorCode::corrupt, place + " is the record of another token").within(intention));
  return LoadResult::of({std::move(*record), std::to_string(reading.document->version)});
}

// A version that the vault deletes by itself would take the only password with it. When that was mended the
// next version is written, which stays.
Result<> VaultKv::check_kept(const RecordName& name) {
  {
    const std::lock_guard lock(mutex_);
    if (!vanishing_.contains(name)) return {};
  }
  for (const std::string& path : {paths_.of("metadata", name), paths_.mount() + "/config"}) {
    const VaultAnswer answer = TRY(client_.read(path));
    if (answer.refusal != Refusal::none && answer.refusal != Refusal::missing)
      return fail(client_.error_of(answer, needs("read", path) + ", to see 'delete_version_after'"));
    if (answer.refusal == Refusal::none && TRY(parse_deletes_versions(answer.body.reveal())))
      return fail(ErrorCode::configuration,
                  "the vault would delete it by itself: set 'delete_version_after' of '" + path + "' to 0s");
  }
  return {};
}

Result<Revision> VaultKv::look_for(const Write& write, Error otherwise) {
  const Reading now = read_versioned(write.name);
  if (!now.document) return fail(std::move(otherwise));
  if (now.document->is_live) {
    const auto record = record::parse_record(now.document->data);
    if (record && record->write_id == write.write_id) return std::to_string(now.document->version);
  }
  if (now.document->version == write.cas) return fail(std::move(otherwise));
  return fail(ErrorCode::conflict, "somebody else wrote it first: read it again");
}

Result<Revision> VaultKv::put(const Write& write) {
  const std::string path = paths_.of("data", write.name);
  const std::string allowed = "'create' and 'update' on '" + path + "'";
  auto answer = client_.write(path, document_body(write.cas, write.data));
  if (!answer && answer.error().code() == ErrorCode::ambiguous)
    return look_for(write, std::move(answer).error());
  if (!answer) return fail(std::move(answer).error());
  if (answer->refusal == Refusal::none) {
    const auto written = parse_vault_written(answer->body.reveal());
    if (!written)
      return look_for(write, Error(written.error()).as(ErrorCode::ambiguous).within(answer->tried));
    VaultDocument live;
    live.is_live = true;
    live.vanishes = written->vanishes;
    note(write.name, live);
    return std::to_string(written->version);
  }
  Error error = client_.error_of(*answer, allowed);
  // A proxy may have sent it twice, and a 5xx proves nothing.
  if (answer->refusal == Refusal::cas_mismatch) return look_for(write, std::move(error));
  if (answer->status >= 500) return look_for(write, std::move(error).as(ErrorCode::ambiguous));
  return fail(std::move(error));
}

// A key that was deleted goes on counting: its next version is made from its last.
Result<Revision> VaultKv::create(const Write& write) {
  auto made = put(write);
  if (made || made.error().code() != ErrorCode::conflict) return made;
  const Reading now = read_versioned(write.name);
  if (!now.document || now.document->is_live || now.document->version == 0) return made;
  return put({write.name, now.document->version, write.data, write.write_id});
}

// Keeps a person's 'kv put' from writing over the record. Whoever may not set it does without.
void VaultKv::require_cas(const RecordName& name) {
  (void)client_.write(paths_.of("metadata", name), Secret(R"({"cas_required":true})"));
}

// The first record after a promotion, or after the old password is gone, in which no claim stands: what the
// versions before it hold beside its own passwords has lapsed or is nobody's any more.
bool ends_a_password(const record::Record& record) {
  return !record.pending && record.generation > 1 && (!record.previous || !record.previous->free_at);
}

// Whoever may not destroy does without; `flaws` tells.
void VaultKv::destroy_before(const RecordName& name, int64_t version) {
  if (version > 1) (void)destroy_versions(name, version - 1);
}

Result<Revision> VaultKv::save(const RecordName& name, const record::Record& record,
                               const Revision& expected) {
  const std::string intention = "save record '" + name.display() + "'";
  if (record.name() != name)
    return fail(ErrorCode::internal, intention + ": it is the record of '" + record.name().display() + "'");
  const auto cas = expected.empty() ? int64_t{0} : number_of(expected);
  if (!cas) return fail(ErrorCode::conflict, intention + ": no store of this type made that revision");
  if (TRY_WITH(version(), intention) == 1)
    return fail(ErrorCode::configuration,
                intention + ": the vault's mount '" + paths_.mount() +
                    "' is KV version 1, which cannot compare and set, so it is only read: use version 2 "
                    "('bao kv enable-versioning')");
  TRY_WITH(check_kept(name), intention);
  record::Record written = record.clone();
  written.write_id = random_.hex(16);
  const Secret text = record::encode(written);
  const Write write{name, *cas, text.reveal(), written.write_id};
  if (!expected.empty()) {
    Revision revision = TRY_WITH(put(write), intention);
    if (ends_a_password(record)) destroy_before(name, number_of(revision).value_or(0));
    return revision;
  }
  Revision revision = TRY_WITH(create(write), intention);
  require_cas(name);
  return revision;
}

Result<std::vector<std::string>> VaultKv::keys(const std::string& folder) {
  const VaultAnswer answer = TRY(client_.read(folder + "?list=true"));
  if (answer.refusal == Refusal::missing) return std::vector<std::string>();
  if (answer.refusal != Refusal::none) return fail(client_.error_of(answer, needs("list", folder)));
  return TRY_WITH(parse_vault_keys(answer.body.reveal()), answer.tried);
}

// What other programs keep there is passed over. A key that was deleted is listed by the vault, so each is
// looked at.
Result<std::vector<RecordName>> VaultKv::list() {
  const std::string intention = "list the records in " + display();
  const char* area = TRY_WITH(version(), intention) == 1 ? "" : "metadata";
  std::vector<RecordName> names;
  for (std::string& folder : TRY_WITH(keys(paths_.folder(area)), intention)) {
    if (!folder.ends_with('/')) continue;
    folder.pop_back();
    const auto registry = record::parse_component(folder);
    if (!registry) continue;
    for (const std::string& key : TRY_WITH(keys(paths_.folder(area, *registry)), intention)) {
      const auto token = record::parse_component(key);
      if (!token) continue;
      RecordName name{*registry, *token};
      const Reading reading = read(name);
      if (!reading.document) return fail(Error(*reading.why).within(intention));
      if (reading.document->is_live) names.push_back(std::move(name));
    }
  }
  return names;
}

// A key that was deleted is among them, and a standby may be some moments behind.
std::optional<std::set<std::string>> VaultKv::tokens_of(const std::string& registry) {
  const auto known = version();
  if (!known) return std::nullopt;
  const auto listed = keys(paths_.folder(*known == 1 ? "" : "metadata", registry));
  if (!listed) return std::nullopt;
  std::set<std::string> tokens;
  for (const std::string& key : *listed)
    if (auto token = record::parse_component(key)) tokens.insert(std::move(*token));
  return tokens;
}

Result<> VaultKv::destroy_versions(const RecordName& name, int64_t latest) {
  std::string numbers;
  for (int64_t each = std::max<int64_t>(1, latest - kDestroyedAtOnce + 1); each <= latest; ++each)
    numbers += (numbers.empty() ? "" : ",") + std::to_string(each);
  const std::string path = paths_.of("destroy", name);
  const VaultAnswer answer = TRY(client_.write(path, Secret(R"({"versions":[)" + numbers + "]}")));
  if (answer.refusal != Refusal::none) return fail(client_.error_of(answer, needs("update", path)));
  return {};
}

// Emptied first: whoever still holds the last revision must not be able to write on.
Result<> VaultKv::erase(const RecordName& name) {
  const std::string intention = "erase record '" + name.display() + "'";
  if (TRY_WITH(version(), intention) == 1)
    return fail(ErrorCode::configuration, intention + ": the vault's mount '" + paths_.mount() +
                                              "' is KV version 1, which is only read");
  for (int attempt = 0; attempt < kErasures; ++attempt) {
    const Reading now = read_versioned(name);
    if (!now.document) return fail(Error(*now.why).within(intention));
    if (now.document->version == 0) return {};
    if (!now.document->is_live) {
      TRY_WITH(destroy_versions(name, now.document->version), intention);
      return {};
    }
    const std::string path = paths_.of("data", name);
    const VaultAnswer answer =
        TRY_WITH(client_.write(path, document_body(now.document->version, "{}")), intention);
    if (answer.refusal != Refusal::none && answer.refusal != Refusal::cas_mismatch)
      return fail(client_.error_of(answer, needs("update", path)).within(intention));
  }
  return fail(ErrorCode::conflict, intention + ": somebody writes it again and again");
}

Result<std::vector<Flaw>> VaultKv::flaws(const RecordName& name, bool rotates) {
  const std::string intention = "look at what may be done with record '" + name.display() + "'";
  const int mounted = TRY_WITH(version(), intention);
  const std::vector<VaultNeed> needs = vault_needs(paths_, name, mounted, rotates);
  const VaultAnswer answer =
      TRY_WITH(client_.write("sys/capabilities-self", Secret(capabilities_question(needs))), intention);
  if (answer.refusal != Refusal::none)
    return fail(client_.error_of(answer, "'update' on 'sys/capabilities-self'").within(intention));
  std::vector<Flaw> found = TRY_WITH(flaws_of_capabilities(needs, answer.body.reveal()), intention);
  if (mounted == 1) {
    found.push_back({"the mount '" + paths_.mount() + "' is KV version 1: nothing is rotated in it",
                     "bao kv enable-versioning " + paths_.mount()});
    return found;
  }
  for (const std::string& path : {paths_.of("metadata", name), paths_.mount() + "/config"}) {
    const VaultAnswer settings = TRY_WITH(client_.read(path), intention);
    if (settings.refusal != Refusal::none) continue;  // not allowed: the first question has told
    const auto more = TRY_WITH(flaws_of_settings(path, settings.body.reveal()), intention);
    found.insert(found.end(), more.begin(), more.end());
  }
  return found;
}

Result<std::unique_ptr<VaultKv>> open(const config::Typed& settings, const Context& context) {
  VaultOptions options = TRY(read_vault_options(settings, context.environment));
  if (!context.transport || !context.identity)
    return fail(ErrorCode::internal, "this program opens no store over a network");
  VaultPaths paths = TRY(VaultPaths::make(options.mount, options.prefix));
  net::Transport* transport = TRY(context.transport());
  net::Authorizer* identity = TRY(context.identity(options.identity, options.site));
  VaultClient client({.transport = *transport,
                      .identity = *identity,
                      .random = context.random,
                      .site = std::move(options.site),
                      .also = std::move(options.redirect_to),
                      .wait = context.wait,
                      .clock = context.clock,
                      .redirects = options.redirects,
                      .timeout = options.timeout,
                      .retries = options.retries});
  return std::make_unique<VaultKv>(std::move(client), std::move(paths), options.version,
                                   std::move(options.ca_text), context.random);
}

}  // namespace

std::span<const config::Setting> vault_kv_settings() { return vault_setting_rows(); }

Result<std::unique_ptr<RecordStore>> open_vault_kv(const config::Typed& settings, const Context& context) {
  return std::unique_ptr<RecordStore>(TRY(open(settings, context)));
}

Result<bool> init_vault_kv(const config::Typed& settings, const Context& context) {
  const auto store = TRY(open(settings, context));
  TRY_WITH(store->detect(), store->display());
  return false;
}

}  // namespace scoped::store
