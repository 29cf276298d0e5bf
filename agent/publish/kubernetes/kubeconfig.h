// A kubeconfig file as kubectl writes it: from its text, made JSON, to what one context says. Pure.
#pragma once

#include "common/base/result.h"
#include "common/base/secret.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scoped::publish::kubernetes {

// A program that makes credentials (client.authentication.k8s.io).
struct Plugin {
  std::string api_version;
  std::string command;
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  bool wants_cluster = false;
  std::string install_hint;
};

// Paths are as written: relative ones mean the file's own folder.
struct Kubeconfig {
  std::string server;            // without a slash at its end
  std::string authorities;       // PEM; or
  std::string authorities_file;  // of it
  std::string certificate;       // PEM; or
  std::string certificate_file;
  Secret key;  // PEM; or
  std::string key_file;
  Secret token;  // or
  std::string token_file;
  std::optional<Plugin> plugin;
};

// `context` empty: the current one. invalid_input: it is no kubeconfig, or names what is not in it, or wants
// what is not done here (skipping the verification, a password, a proxy); it says what to change.
Result<Kubeconfig> parse_kubeconfig(std::string_view json, const std::string& context);

// What a plugin is told ($KUBERNETES_EXEC_INFO), and what it answers.
std::string plugin_request(const Plugin& plugin, const Kubeconfig& cluster);
struct PluginAnswer {
  Secret token;
  std::string certificate;
  Secret key;
  std::string expires_at;  // RFC 3339; empty: it does not say
};
// invalid_input: it is no ExecCredential of the version that was asked for, or holds no credential.
Result<PluginAnswer> parse_plugin_answer(std::string_view json, const Plugin& plugin);

}  // namespace scoped::publish::kubernetes
