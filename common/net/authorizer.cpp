#include "common/net/authorizer.h"

namespace scoped::net {

std::string Site::key() const {
  std::string text = address + "\n" + ca_file + "\n" + scope + "\n" + route.key();
  if (certificate != nullptr) text += "\n" + certificate->certificate;
  if (secret_headers != nullptr)
    for (const auto& [name, value] : *secret_headers) text += "\n" + name;
  for (const auto& [name, value] : headers) text.append("\n").append(name).append(":").append(value);
  return text;
}

void Site::prepare(Request& request) const {
  request.headers.insert(request.headers.begin(), headers.begin(), headers.end());
  if (secret_headers != nullptr)
    for (const auto& [name, value] : *secret_headers)
      request.secret_headers.emplace_back(name, value.clone());
  request.ca_file = ca_file;
  request.certificate = certificate;
  request.route = route;
  const auto here = parse_url(address), there = parse_url(request.url);
  if (here && there && here->origin() == there->origin()) return;
  request.route.socket.clear();
  request.route.service.clear();
}

std::string Site::display() const { return route.socket.empty() ? address : "unix://" + route.socket; }

}  // namespace scoped::net
