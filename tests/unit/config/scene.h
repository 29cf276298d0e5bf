// A catalog as programs have it, and texts that are read and rendered in one line.
#pragma once

#include "common/config/load.h"
#include "common/record/names.h"

#include <array>
#include <string>
#include <vector>

namespace scoped::config::test {

inline constexpr std::array kSealedFile = {
    Setting{.name = "path", .kind = Kind::path, .required = true, .doc = "Folder of the records."},
    Setting{.name = "key", .kind = Kind::secret, .required = true, .choices = "file", .doc = "Key file."},
};
inline constexpr std::array kEntraSecret = {
    Setting{.name = "authority", .kind = Kind::url, .default_text = "https://login.microsoftonline.com"},
    Setting{.name = "tenant", .required = true, .doc = "Directory."},
    Setting{.name = "client_secret", .kind = Kind::secret, .required = true, .doc = "The secret."},
};
inline constexpr std::array kAcr = {
    Setting{.name = "resource_id", .required = true, .doc = "The registry's id in ARM."},
    Setting{.name = "endpoint", .kind = Kind::url, .default_text = "https://management.azure.com"},
    Setting{.name = "identity", .kind = Kind::identity, .required = true, .doc = "Who rotates."},
};
inline constexpr std::array kHost = {Setting{.name = "group", .default_text = "docker"}};
inline constexpr std::array kContainer = {
    Setting{.name = "token", .kind = Kind::token, .required = true, .doc = "The one token."}};

inline Catalog catalog() {
  Catalog known;
  known.stores = {{"sealed_file", kSealedFile}};
  known.identities = {{"entra_secret", kEntraSecret}, {"managed_identity", {}, std::chrono::hours(24)}};
  known.controls = {{"acr", kAcr}};
  known.listeners = {{"host", kHost}, {"container", kContainer}};
  known.registry_host = &record::parse_registry_host;
  known.repository_pattern = &record::check_repository_pattern;
  known.action = &record::check_action;
  return known;
}

inline const FixedEnvironment kNobody{{}};

inline Loaded load(const std::vector<Text>& texts) { return parse_config(texts, kNobody, catalog()); }

inline std::string problems_of(const Loaded& loaded) {
  std::string lines;
  for (const Problem& problem : loaded.problems) lines += problem.display() + "\n";
  return lines;
}
// Every problem of one file "c", one a line; empty when there is none.
inline std::string problems(const std::string& text) { return problems_of(load({{"c", text}})); }

inline Config parsed(const std::string& text) {
  Loaded loaded = load({{"c", text}});
  if (!loaded.config) throw std::runtime_error(problems_of(loaded));
  return *std::move(loaded.config);
}

}  // namespace scoped::config::test
