#include "common/store/types.h"

#include "common/store/key_vault.h"
#include "common/store/sealed_file.h"
#include "common/store/secret_service.h"
#include "common/store/vault_kv.h"

#include <array>

namespace scoped::store {
namespace {

constexpr std::array kSealedFileSettings = {
    config::Setting{.name = "path",
                    .kind = config::Kind::path,
                    .required = true,
                    .doc = "Folder of the sealed records, made by 'scopedctl init'."},
    config::Setting{.name = "key",
                    .kind = config::Kind::secret,
                    .required = true,
                    .choices = "file",
                    .doc = "Key file (file:PATH, mode 0600) outside that folder."},
};

Result<SealedFileOptions> sealed_file_options(const config::Typed& settings) {
  const config::SecretSource& key = settings.secret("key");
  if (key.kind != config::SecretSource::Kind::file)
    return fail(ErrorCode::configuration, "store '" + settings.name + "': key must be file:PATH");
  return SealedFileOptions{settings.text("path"), key.name};
}

Result<std::unique_ptr<RecordStore>> open_sealed_file_type(const config::Typed& settings,
                                                           const Context& context) {
  return open_sealed_file(TRY(sealed_file_options(settings)), context.random);
}

Result<bool> init_sealed_file_type(const config::Typed& settings, const Context& context) {
  return init_sealed_file(TRY(sealed_file_options(settings)), context.random);
}

std::span<const Type> table() {
  static const std::array rows = {
      Type{"sealed_file", "One sealed file per record on this machine.", kSealedFileSettings,
           &open_sealed_file_type, &init_sealed_file_type, true, CompareAndSet::local},
      Type{"vault", "The KV engine of HashiCorp Vault or OpenBao.", vault_kv_settings(), &open_vault_kv,
           &init_vault_kv, false, CompareAndSet::native},
      Type{"key_vault", "Secrets of an Azure Key Vault; without compare-and-set, so that one agent rotates.",
           key_vault_settings(), &open_key_vault, &init_key_vault, false, CompareAndSet::none},
      Type{"secret_service", "The keyring of a desktop session; for a user's own configuration.",
           secret_service_settings(), &open_secret_service, nullptr, true, CompareAndSet::local},
  };
  return rows;
}

Result<const Type*> type_of(const config::Typed& settings) {
  for (const Type& type : table())
    if (type.name == settings.type) return &type;
  return fail(ErrorCode::configuration,
              "store '" + settings.name + "' has unknown type '" + settings.type + "'");
}

std::string state_folder(const Environment& environment) {
  const auto folder = environment.get("XDG_STATE_HOME");
  if (folder && folder->starts_with('/')) return *folder + "/scoped";
  return environment.get("HOME").value_or("/nonexistent") + "/.local/state/scoped";
}

}  // namespace

std::span<const Type> types() { return table(); }

bool is_local(const config::Typed& settings) {
  const auto type = type_of(settings);
  CHECK_INVARIANT(type.has_value());  // config refuses an unknown type
  return (*type)->is_local;
}

Result<std::unique_ptr<RecordStore>> open_store(const config::Typed& settings, const Context& context) {
  return TRY_WITH(TRY(type_of(settings))->open(settings, context), "store '" + settings.name + "'");
}

Result<bool> init_store(const config::Typed& settings, const Context& context) {
  const Type* type = TRY(type_of(settings));
  if (type->init == nullptr)
    return fail(ErrorCode::invalid_input, "a store of type '" + settings.type + "' needs no init");
  return TRY_WITH(type->init(settings, context), "store '" + settings.name + "'");
}

config::Typed default_store(const Environment& environment, bool system) {
  config::Typed settings;
  settings.name = "default";
  settings.type = "sealed_file";
  settings.origin.system = system;
  const std::string folder = system ? "/var/lib/scoped/records" : state_folder(environment) + "/records";
  const std::string key = system ? "/etc/scoped/key" : state_folder(environment) + "/records.key";
  settings.values["path"] = folder;
  settings.values["key"] = config::SecretSource{config::SecretSource::Kind::file, key};
  return settings;
}

}  // namespace scoped::store
