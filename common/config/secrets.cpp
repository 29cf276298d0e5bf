#include "common/base/file.h"
#include "common/config/load.h"

namespace scoped::config {
namespace {

constexpr size_t kLargest = 1 << 16;
// Where systemd takes a service's credentials from, for root's own commands.
const std::string kSystemCredentials = "/etc/credstore/";

std::string not_passed(const std::string& name) {
  return "systemd passed no credential of this name: put it into '" + kSystemCredentials + name +
         "' (0600, root's), or pass it with LoadCredential= in the service's unit, and start that anew";
}

// systemd keeps credentials readable by an access list that shows as group bits, in a folder that is private.
Result<Secret> read_credential(const std::string& name, const Environment& environment) {
  const auto folder = environment.get("CREDENTIALS_DIRECTORY");
  if (!folder && environment.uid() == 0) return read_secret_file(kSystemCredentials + name, kLargest);
  if (!folder) return fail(ErrorCode::not_found, "there is no $CREDENTIALS_DIRECTORY: " + not_passed(name));
  auto text = read_secret_file(*folder + "/" + name, kLargest, false);
  if (!text && text.error().code() == ErrorCode::not_found)
    return fail(ErrorCode::not_found, not_passed(name));
  return text;
}

Result<Secret> read_variable(const std::string& name, const Environment& environment) {
  auto value = environment.get(name.c_str());
  if (!value) return fail(ErrorCode::not_found, "variable is not set");
  return Secret::take(std::move(*value));
}

Result<Secret> read_source(const SecretSource& source, const Environment& environment) {
  switch (source.kind) {
    case SecretSource::Kind::file:
      return read_secret_file(source.name, kLargest);
    case SecretSource::Kind::credential:
      return read_credential(source.name, environment);
    case SecretSource::Kind::env:
      return read_variable(source.name, environment);
  }
  return fail(ErrorCode::internal, "no such source");
}

std::string display(const SecretSource& source) {
  switch (source.kind) {
    case SecretSource::Kind::file:
      return "'file:" + source.name + "'";
    case SecretSource::Kind::credential:
      return "'credential:" + source.name + "'";
    case SecretSource::Kind::env:
      return "'env:" + source.name + "'";
  }
  return {};
}

}  // namespace

Result<Secret> read_secret(const SecretSource& source, const Environment& environment) {
  Secret text = TRY_WITH(read_source(source, environment), "secret " + display(source));
  std::string_view kept = text.reveal();
  if (kept.ends_with('\n')) kept.remove_suffix(1);
  if (kept.empty()) return fail(ErrorCode::invalid_input, "secret " + display(source) + ": it is empty");
  return kept.size() == text.size() ? std::move(text) : Secret(kept);
}

}  // namespace scoped::config
