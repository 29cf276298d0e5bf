#include "common/store/sealed_file.h"

#include "common/base/file.h"
#include "common/base/lock.h"
#include "common/crypto/digest.h"
#include "common/crypto/seal.h"
#include "common/json/value.h"
#include "common/record/codec.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mutex>
#include <set>

namespace scoped::store {
namespace {

using record::RecordName;

constexpr size_t kLargestRecord = 1 << 20;
constexpr std::chrono::seconds kLockPatience{5};
constexpr std::string_view kRecordSuffix = ".rec";

std::string store_json(const SealedFileOptions& options) { return options.folder + "/store.json"; }

Result<std::string> parse_key_id(const std::string& text) {
  const json::Value document = TRY(json::parse(text));
  const json::Reader reader = TRY(json::Reader::of(document, "the document"));
  if (TRY(reader.integer("schema")) != 1)
    return fail(ErrorCode::corrupt,
                "a schema that this version does not know: upgrade docker-credential-scoped");
  return reader.text("key_id");
}

// Whoever copied or restored a store as root has left files that its user may not read.
Error explained(Error error, const std::string& folder, const std::string& file) {
  if (error.code() != ErrorCode::denied) return error;
  for (const std::string& path : {folder, folder_of(file), file}) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0 || info.st_uid == geteuid()) continue;
    const std::string us = std::to_string(geteuid());
    return {error.code(), error.line() + ": '" + path + "' belongs to uid " + std::to_string(info.st_uid) +
                              ", and this is uid " + us + ": run it as that user, or 'chown -R " + us + " " +
                              folder + "'"};
  }
  return error;
}

Result<std::string> read_key_id(const SealedFileOptions& options) {
  const std::string path = store_json(options);
  const auto text = read_file(path, 4096);
  if (!text) return fail(explained(text.error(), options.folder, path));
  auto id = parse_key_id(*text);
  if (!id) return fail(std::move(id).error().as(ErrorCode::corrupt).within("'" + path + "'"));
  return id;
}

// The records' owner, where root looks after somebody else's: the agent's user.
std::optional<uid_t> other_owner(const std::string& folder) {
  struct stat info {};
  if (geteuid() != 0 || stat(folder.c_str(), &info) != 0 || info.st_uid == 0) return std::nullopt;
  return info.st_uid;
}

Result<Secret> read_key(const SealedFileOptions& options) {
  const std::string& path = options.key_file;
  auto text = read_secret_file(path, 4096, true, other_owner(options.folder));
  if (!text && text.error().code() == ErrorCode::not_found)
    return fail(ErrorCode::denied,
                "key file '" + path + "' is missing: put it back, since nothing else opens what it sealed");
  if (!text) return fail(std::move(text).error().within("key file"));
  auto key = crypto::parse_key(*text);
  if (!key)
    return fail(ErrorCode::corrupt,
                "key file '" + path + "' holds no key (" + key.error().line() + "): put the right one back");
  return key;
}

// A record file: one line of JSON that anybody may read (the associated data), then the sealed document.
struct Envelope {
  std::string key_id;
  int64_t generation = 0;
  std::string header;  // as in the file, without the newline
  std::string_view sealed;
};

std::string make_header(const RecordName& name, const std::string& key_id, int64_t generation) {
  json::Object header;
  header.set("format", "scoped-record-1");
  header.set("registry", name.registry);
  header.set("token", name.token);
  header.set("key_id", key_id);
  header.set("generation", generation);
  return json::dump(json::Value(std::move(header)));
}

Result<Envelope> parse_envelope(const std::string& bytes, const RecordName& name) {
  const size_t newline = bytes.find('\n');
  if (newline == std::string::npos) return fail(ErrorCode::corrupt, "it is not a sealed record, or cut");
  Envelope envelope;
  envelope.header = bytes.substr(0, newline);
  envelope.sealed = std::string_view(bytes).substr(newline + 1);
  auto header = json::parse(envelope.header);
  if (!header || header->object() == nullptr) return fail(ErrorCode::corrupt, "its first line is damaged");
  const json::Reader reader(*header->object(), "its first line");
  if (TRY(reader.text("format")) != "scoped-record-1")
    return fail(ErrorCode::corrupt,
                "its format is not known to this version: upgrade docker-credential-scoped");
  envelope.key_id = TRY(reader.text("key_id"));
  envelope.generation = TRY(reader.integer("generation"));
  RecordName inside;
  inside.registry = TRY(reader.text("registry"));
  inside.token = TRY(reader.text("token"));
  if (inside != name)
    return fail(ErrorCode::corrupt, "it is the record of '" + inside.display() + "', renamed");
  return envelope;
}

class SealedFile final : public RecordStore {
 public:
  SealedFile(SealedFileOptions options, Secret key, std::string key_id, Random& random)
      : options_(std::move(options)), key_(std::move(key)), key_id_(std::move(key_id)), random_(random) {}

  LoadResult load(const RecordName& name) override;
  Result<Revision> save(const RecordName& name, const record::Record& record,
                        const Revision& expected) override;
  Result<std::vector<RecordName>> list() override;
  Result<> erase(const RecordName& name) override;
  Caps caps() const override { return {CompareAndSet::local, std::chrono::seconds(0), true}; }
  std::string display() const override { return "sealed_file '" + options_.folder + "'"; }

 private:
  std::string folder_of_registry(const RecordName& name) const {
    return options_.folder + "/" + record::escape_component(name.registry);
  }
  std::string path_of(const RecordName& name) const {
    return folder_of_registry(name) + "/" + record::escape_component(name.token) + std::string(kRecordSuffix);
  }
  Result<std::optional<std::string>> read_bytes(const RecordName& name) const;
  Result<> prove_absence(const RecordName& name) const;
  Result<Found> open_bytes(const RecordName& name, const std::string& bytes) const;
  Result<FileLock> lock(const RecordName& name) const;
  Result<std::string> seal(const RecordName& name, const record::Record& record) const;
  void sweep_once(const std::string& folder);

  const SealedFileOptions options_;
  const Secret key_;
  const std::string key_id_;
  Random& random_;
  std::mutex mutex_;
  std::set<std::string> swept_;
};

Revision revision_of(const std::string& bytes) { return crypto::hex(crypto::sha256(bytes)); }

// Nothing when it is proven that the file is not there.
Result<std::optional<std::string>> SealedFile::read_bytes(const RecordName& name) const {
  auto bytes = read_file(path_of(name), kLargestRecord);
  if (bytes) return std::optional<std::string>(std::move(*bytes));
  if (bytes.error().code() != ErrorCode::not_found)
    return fail(explained(bytes.error(), options_.folder, path_of(name)));
  TRY(prove_absence(name));
  return std::optional<std::string>();
}

// A link that leads nowhere: what it names may be on a disk that is not mounted.
bool is_dangling(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) != 0 && lstat(path.c_str(), &info) == 0;
}

Result<> SealedFile::prove_absence(const RecordName& name) const {
  for (const std::string& path : {folder_of_registry(name), path_of(name)})
    if (is_dangling(path)) return fail(ErrorCode::unavailable, "'" + path + "' is a link that leads nowhere");
  auto id = read_key_id(options_);
  if (!id)
    return fail(std::move(id).error().as(ErrorCode::unavailable).within("the store's folder went away"));
  return {};
}

Result<Found> SealedFile::open_bytes(const RecordName& name, const std::string& bytes) const {
  const Envelope envelope = TRY(parse_envelope(bytes, name));
  if (envelope.key_id != key_id_)
    return fail(ErrorCode::corrupt, "it is sealed under key " + envelope.key_id + ", but '" +
                                        options_.key_file + "' holds key " + key_id_ +
                                        ": put the former back");
  const auto text = crypto::open(key_, envelope.header, envelope.sealed);
  if (!text) return fail(ErrorCode::corrupt, "it is cut or altered");
  record::Record record = TRY(record::parse_record(*text));
  if (record.name() != name)
    return fail(ErrorCode::corrupt, "it holds the record of '" + record.name().display() + "'");
  return Found{std::move(record), revision_of(bytes)};
}

LoadState state_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::denied:
      return LoadState::denied;
    case ErrorCode::corrupt:
    case ErrorCode::invalid_input:  // a folder, or something else that is no file
      return LoadState::corrupt;
    default:
      return LoadState::unavailable;
  }
}

LoadResult SealedFile::load(const RecordName& name) {
  auto bytes = read_bytes(name);
  if (!bytes) return LoadResult::failed(state_of(bytes.error().code()), std::move(bytes).error());
  if (!*bytes) return LoadResult::absent();
  auto found = open_bytes(name, **bytes);
  if (found) return LoadResult::of(std::move(*found));
  return LoadResult::failed(
      LoadState::corrupt,
      std::move(found).error().as(ErrorCode::corrupt).within("record file '" + path_of(name) + "'"));
}

Result<FileLock> SealedFile::lock(const RecordName& name) const {
  const std::string path = folder_of_registry(name) + "/" + record::escape_component(name.token) + ".lock";
  auto lock = FileLock::acquire(path, kLockPatience);
  if (!lock) return fail(explained(lock.error(), options_.folder, path));
  if (!*lock) return fail(ErrorCode::unavailable, "another process holds '" + path + "'");
  return std::move(**lock);
}

// Once a folder and process: what a crash left behind takes room, but is in nobody's way.
void SealedFile::sweep_once(const std::string& folder) {
  {
    const std::lock_guard guard(mutex_);
    if (!swept_.insert(folder).second) return;
  }
  sweep_temporary_files(folder);
}

// The bytes of a record file. Nothing is sealed that could not be read back.
Result<std::string> SealedFile::seal(const RecordName& name, const record::Record& record) const {
  if (record.name() != name)
    return fail(ErrorCode::internal, "it is the record of '" + record.name().display() + "'");
  record::Record written = record.clone();
  written.write_id = random_.hex(16);
  const Secret text = record::encode(written);
  if (const auto readable = record::parse_record(text); !readable)
    return fail(Error(readable.error()).as(ErrorCode::internal));
  std::string bytes = make_header(name, key_id_, written.generation);
  const std::string sealed = TRY(crypto::seal(key_, bytes, text.reveal(), random_));
  bytes.append("\n").append(sealed);
  if (bytes.size() > kLargestRecord)
    return fail(ErrorCode::invalid_input, "it has " + std::to_string(bytes.size()) + " bytes, at most " +
                                              std::to_string(kLargestRecord) + " can be kept");
  return bytes;
}

Result<Revision> SealedFile::save(const RecordName& name, const record::Record& record,
                                  const Revision& expected) {
  const std::string intention = "save record '" + name.display() + "'";
  const std::string bytes = TRY_WITH(seal(name, record), intention);
  TRY_WITH(make_folders(folder_of_registry(name), 0700), intention);
  const FileLock held = TRY_WITH(lock(name), intention);
  sweep_once(folder_of_registry(name));
  const auto before = TRY_WITH(read_bytes(name), intention);
  if ((before ? revision_of(*before) : Revision()) != expected)
    return fail(ErrorCode::conflict, "record '" + name.display() + "' was changed by somebody else");
  TRY_WITH(write_file_atomically(path_of(name), bytes, 0600), intention);
  return revision_of(bytes);
}

// The records of one registry's folder; nothing for what is no folder or none of ours.
Result<std::vector<RecordName>> list_registry(const std::string& folder, const std::string& name) {
  std::vector<RecordName> names;
  const auto host = record::parse_component(name);
  if (!host) return names;
  const auto files = list_folder(folder + "/" + name);
  if (!files && files.error().code() == ErrorCode::not_found) return names;  // store.json
  if (!files) return fail(files.error());
  for (const std::string& file : *files) {
    if (!file.ends_with(kRecordSuffix)) continue;
    const auto token =
        record::parse_component(std::string_view(file).substr(0, file.size() - kRecordSuffix.size()));
    if (token) names.push_back({*host, *token});
  }
  return names;
}

Result<std::vector<RecordName>> list_records(const std::string& folder) {
  std::vector<RecordName> names;
  for (const std::string& registry : TRY(list_folder(folder)))
    for (RecordName& name : TRY(list_registry(folder, registry))) names.push_back(std::move(name));
  return names;
}

Result<std::vector<RecordName>> SealedFile::list() { return list_records(options_.folder); }

Result<> SealedFile::erase(const RecordName& name) {
  const std::string intention = "erase record '" + name.display() + "'";
  struct stat info {};
  if (stat(folder_of_registry(name).c_str(), &info) != 0 && errno == ENOENT) {
    TRY_WITH(prove_absence(name), intention);
    return {};
  }
  const FileLock held = TRY_WITH(lock(name), intention);
  if (unlink(path_of(name).c_str()) != 0 && errno != ENOENT)
    return fail(errno_error(errno, "erase", path_of(name)));
  return sync_folder(folder_of_registry(name));
}

// The key file: read if it is there, made otherwise.
Result<Secret> obtain_key(const SealedFileOptions& options, Random& random) {
  const std::string& path = options.key_file;
  if (file_exists(path)) return read_key(options);
  TRY(make_folders(folder_of(path), 0755));
  const Secret text = crypto::make_key(random);
  const auto created = create_file_atomically(path, text.reveal(), 0600);
  if (!created && created.error().code() != ErrorCode::conflict) return fail(created.error());
  const auto owner = other_owner(options.folder);
  if (created && owner && lchown(path.c_str(), *owner, static_cast<gid_t>(-1)) != 0)
    return fail(errno_error(errno, "give to the records' owner", path));
  return read_key(options);  // ours, or that of whoever was faster
}

// Records without their store.json and without their key: a new key would make them unreadable for good.
Result<> refuse_orphans(const SealedFileOptions& options) {
  if (file_exists(options.key_file) || TRY(list_records(options.folder)).empty()) return {};
  return fail(ErrorCode::corrupt, "'" + options.folder + "' holds records, but their key file '" +
                                      options.key_file + "' is missing: put it back");
}

}  // namespace

Result<bool> init_sealed_file(const SealedFileOptions& options, Random& random) {
  if ((options.key_file + "/").starts_with(options.folder + "/"))
    return fail(ErrorCode::invalid_input,
                "key file '" + options.key_file + "' is inside the folder that it protects");
  if (file_exists(store_json(options))) {
    TRY(open_sealed_file(options, random));
    return false;
  }
  TRY(make_folders(options.folder, 0700));
  TRY(refuse_orphans(options));
  const Secret key = TRY(obtain_key(options, random));
  json::Object document;
  document.set("schema", 1);
  document.set("key_id", crypto::key_id(key));
  document.set("key_source", "file:" + options.key_file);
  const auto created = create_file_atomically(
      store_json(options), json::dump_pretty(json::Value(std::move(document))) + "\n", 0600);
  if (created) return true;
  if (created.error().code() != ErrorCode::conflict) return fail(created.error());
  TRY(open_sealed_file(options, random));  // somebody was faster
  return false;
}

Result<std::unique_ptr<RecordStore>> open_sealed_file(const SealedFileOptions& options, Random& random) {
  auto expected = read_key_id(options);
  if (!expected && expected.error().code() == ErrorCode::not_found)
    return fail(ErrorCode::not_found, "'" + options.folder + "' is not initialised: run 'scopedctl init'");
  if (!expected) return fail(std::move(expected).error());
  Secret key = TRY(read_key(options));
  std::string id = crypto::key_id(key);
  if (id != *expected)
    return fail(ErrorCode::corrupt, "'" + options.folder + "' is sealed under key " + *expected + ", but '" +
                                        options.key_file + "' holds key " + id + ": put the former back");
  return std::unique_ptr<RecordStore>(
      std::make_unique<SealedFile>(options, std::move(key), std::move(id), random));
}

}  // namespace scoped::store
