// The admin user: the one account of a registry that may do everything.
#include "tests/emulator/model.h"

#include <fmt/format.h>

namespace scoped::emulator {

void Model::enable_admin(bool enabled, Random& random) {
  contents_.admin.enabled = enabled;
  for (Secret& password : contents_.admin.passwords)
    if (enabled && password.empty()) password = make_password(random);
}

Outcome<const Admin*> Model::admin() const {
  if (!contents_.admin.enabled)
    return refuse(400, "UnAuthorizedForCredentialOperations",
                  fmt::format("Cannot perform credential operations for {} as admin user is disabled. Kindly "
                              "enable admin user as per docs: "
                              "https://docs.microsoft.com/en-us/azure/container-registry/"
                              "container-registry-authentication#admin-account",
                              registry_id()));
  return &contents_.admin;
}

Outcome<const Admin*> Model::renew_admin_password(std::string_view slot, Random& random) {
  TRY(admin());
  for (size_t i = 0; i < kAdminSlots.size(); ++i)
    if (kAdminSlots[i] == slot) {
      contents_.admin.passwords[i] = make_password(random);
      return &contents_.admin;
    }
  return refuse(400, "InvalidPasswordName",
                fmt::format("'{}' is no password name of the admin user; password and password2 are.", slot));
}

bool Model::admin_login(std::string_view user, const Secret& password) const {
  bool accepted = false;
  for (const Secret& each : contents_.admin.passwords) accepted |= !each.empty() && each.equals(password);
  return accepted && contents_.admin.enabled && same_name(user, contents_.facts.registry);
}

Attributes Model::attributes(const std::string& key) const {
  const auto found = contents_.attributes.find(key);
  return found == contents_.attributes.end() ? Attributes{} : found->second;
}

void Model::set_attributes(const std::string& key, const Attributes& attributes) {
  if (attributes == Attributes{})
    contents_.attributes.erase(key);
  else
    contents_.attributes[key] = attributes;
}

void Model::drop_attributes(const std::string& key) {
  std::erase_if(contents_.attributes, [&](const auto& each) {
    const std::string& name = each.first;
    return name == key || name.starts_with(key + ":") || name.starts_with(key + "@");
  });
}

bool Model::set_diagnostic_setting(const std::string& name, std::optional<std::string> properties) {
  if (!properties) return contents_.diagnostic_settings.erase(name) != 0;
  contents_.diagnostic_settings[name] = std::move(*properties);
  return true;
}

}  // namespace scoped::emulator
