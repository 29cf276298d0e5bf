#include "common/answer/sealed_copies.h"

#include "common/answer/key_file.h"
#include "common/crypto/seal.h"

namespace scoped::answer {
namespace {

using record::RecordName;

constexpr const char* kFolder = "copies";
constexpr size_t kSealingOverhead = 4096;

std::string file_of(const RecordName& name) { return record::escape_component(name.token) + ".copy"; }
std::string lock_file_of(const RecordName& name) { return record::escape_component(name.token) + ".lock"; }

// What the file itself is the cause of; a disk that cannot be read is not.
bool is_its_fault(const Error& error) {
  return error.code() == ErrorCode::corrupt || error.code() == ErrorCode::denied ||
         error.code() == ErrorCode::invalid_input;
}

}  // namespace

SealedCopies::SealedCopies(const Environment& environment, Random& random, Say say)
    : environment_(environment), random_(random), say_(std::move(say)) {}

void SealedCopies::say(const RecordName& name, const std::string& what) const {
  if (say_) say_("sealed copy of '" + name.display() + "': " + what);
}

std::string SealedCopies::associated_data(const RecordName& name) const {
  return "scoped copy for uid " + std::to_string(environment_.uid()) + " of " + name.display();
}

Result<PrivateFolder> SealedCopies::folder_of(const RecordName& name, PrivateFolder::Missing missing) const {
  const PrivateFolder own = TRY(PrivateFolder::open(environment_, missing));
  const PrivateFolder copies = TRY(own.folder(kFolder, missing));
  return copies.folder(record::escape_component(name.registry), missing);
}

Result<SealedCopy> SealedCopies::read(const PrivateFolder& folder, const RecordName& name,
                                      const Secret& key) const {
  const Secret sealed = TRY(folder.read(file_of(name), kLargestCopy + kSealingOverhead));
  const auto bytes = crypto::open(key, associated_data(name), sealed.reveal());
  if (!bytes)
    return fail(ErrorCode::corrupt, "it is damaged, or sealed under another key, for another uid or record");
  return parse_copy(*bytes, name);
}

std::optional<SealedCopy> SealedCopies::find(const RecordName& name) {
  const auto folder = folder_of(name, PrivateFolder::Missing::leave);
  if (!folder || !folder->has(file_of(name))) {
    if (!folder && folder.error().code() != ErrorCode::not_found) say(name, folder.error().line());
    return std::nullopt;
  }
  const auto own = PrivateFolder::open(environment_, PrivateFolder::Missing::leave);
  const auto key = own ? read_key(*own) : Result<Secret>(fail(own.error()));
  if (!key) {
    say(name, "ignored, since its key cannot be read: " + key.error().line());
    return std::nullopt;
  }
  auto copy = read(*folder, name, *key);
  if (copy) return std::move(*copy);
  if (copy.error().code() == ErrorCode::not_found) return std::nullopt;  // dropped by somebody else
  say(name, (is_its_fault(copy.error()) ? "dropped: " : "ignored: ") + copy.error().line());
  if (!is_its_fault(copy.error())) return std::nullopt;
  if (const auto removed = folder->remove(file_of(name), PrivateFolder::Sync::no); !removed)
    say(name, removed.error().line());
  return std::nullopt;
}

Result<std::optional<FileLock>> SealedCopies::lock(const RecordName& name,
                                                   std::chrono::milliseconds patience) {
  return TRY(folder_of(name, PrivateFolder::Missing::make)).lock_within(lock_file_of(name), patience);
}

uint64_t SealedCopies::mark_of(const RecordName& name) const {
  const auto folder = folder_of(name, PrivateFolder::Missing::leave);
  return folder ? folder->mark_of(file_of(name)) : 0;
}

Result<std::optional<FileLock>> SealedCopies::lock_while(uint64_t mark, const RecordName& name,
                                                         std::chrono::milliseconds patience) {
  const PrivateFolder folder = TRY(folder_of(name, PrivateFolder::Missing::make));
  const std::string file = file_of(name);
  return folder.lock_within(lock_file_of(name), patience, [&] { return folder.mark_of(file) != mark; });
}

Result<> SealedCopies::write(const RecordName& name, const SealedCopy& copy) {
  const PrivateFolder own = TRY(PrivateFolder::open(environment_, PrivateFolder::Missing::make));
  const Secret key = TRY(obtain_key(own, random_));
  const Secret bytes = TRY(encode_copy(copy));
  const std::string sealed = TRY(crypto::seal(key, associated_data(name), bytes.reveal(), random_));
  const PrivateFolder folder = TRY(folder_of(name, PrivateFolder::Missing::make));
  return folder.replace(file_of(name), sealed, PrivateFolder::Sync::no);
}

bool SealedCopies::keep(const FileLock&, const RecordName& name, const SealedCopy& copy) {
  const auto written = write(name, copy);
  if (!written) say(name, "not kept: " + written.error().line());
  return written.has_value();
}

void SealedCopies::drop(const FileLock&, const RecordName& name) {
  const auto folder = folder_of(name, PrivateFolder::Missing::leave);
  if (!folder || !folder->has(file_of(name))) return;
  const auto removed = folder->remove(file_of(name), PrivateFolder::Sync::no);
  say(name, removed ? "dropped" : removed.error().line());
}

}  // namespace scoped::answer
