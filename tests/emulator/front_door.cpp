#include "tests/emulator/front_door.h"

#include "common/base/file.h"
#include "common/json/value.h"
#include "tests/emulator/access_tokens.h"
#include "tests/emulator/locks.h"
#include "tests/emulator/login.h"
#include "tests/emulator/repository_events.h"
#include "tests/emulator/sockets.h"

#include <fmt/format.h>

namespace scoped::emulator {
namespace {

// A worker beside the master, since nginx in one process crashes on an inherited socket.
// {0} storage, {1} run, {2} address, {3} certificate, {4} key, {5} distribution, {6} emulator, {7} and {8}
// the internal locations, {9} the header of the inner bearer as nginx names it, {10} who the worker is, {11}
// and {12} the lines about requests and the pipe where they go, {13} to {16} how it
// asks for locks.
constexpr std::string_view kNginx = R"(daemon off;
{10}worker_processes 1;
pid "{1}/nginx.pid";
error_log "{0}/nginx.log" warn;
events {{ worker_connections 1024; }}
http {{
  access_log "{0}/access.log" combined;
  log_format events escape=json '{11}';
  access_log "{12}" events;
  client_body_temp_path "{1}/nginx-body";
  proxy_temp_path "{1}/nginx-proxy";
  fastcgi_temp_path "{1}/nginx-fastcgi";
  uwsgi_temp_path "{1}/nginx-uwsgi";
  scgi_temp_path "{1}/nginx-scgi";
  default_type application/octet-stream;
  client_max_body_size 0;
  proxy_request_buffering off;
  proxy_buffering off;
  proxy_read_timeout 900;
  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header X-Real-IP $remote_addr;
  proxy_pass_header Date;
  server {{
    listen {2} ssl;
    ssl_certificate "{3}";
    ssl_certificate_key "{4}";
    location /v2/ {{ proxy_pass "http://unix:{5}:"; }}
    location = /v2/_catalog {{ proxy_pass "http://unix:{6}:"; }}
    location ~ ^/v2/.+/tags/list$ {{ proxy_pass "http://unix:{6}:"; }}
    location ~ ^/v2/.+/manifests/ {{
      auth_request {13};
      error_page 403 = {14};
      proxy_pass "http://unix:{5}:";
    }}
    location = {13} {{
      internal;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header {15} $request_method;
      proxy_set_header {16} $request_uri;
      proxy_pass "http://unix:{6}:";
    }}
    location = {14} {{
      internal;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header {15} $request_method;
      proxy_set_header {16} $request_uri;
      proxy_pass "http://unix:{6}:";
    }}
    location /oauth2/ {{ proxy_pass "http://unix:{6}:"; }}
    location /acr/ {{ proxy_pass "http://unix:{6}:"; }}
    location / {{ return 404; }}
    location {7}/ {{
      internal;
      set $inner_bearer $upstream_http_{9};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header Authorization "Bearer $inner_bearer";
      proxy_pass "http://unix:{5}:/";
    }}
    location = {8} {{
      internal;
      return 444;
    }}
  }}
}}
)";

std::string variable_name(std::string_view header) {
  std::string name;
  for (const char c : lower(header)) name += c == '-' ? '_' : c;
  return name;
}

json::Object one(std::string key, json::Value value) {
  json::Object object;
  object.set(std::move(key), std::move(value));
  return object;
}

// A path goes into nginx's configuration between quotes.
Result<> check_path(const std::string& path) {
  if (path.find_first_of("\"\\$\n;{}") != std::string::npos)
    return fail(ErrorCode::invalid_input,
                "the folder '" + path + "' has a character that nginx does not take");
  return {};
}

std::vector<std::string> child_environment(const DoorPaths& paths, const std::string& more) {
  return {"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=" + paths.run, "TMPDIR=" + paths.run, more};
}

}  // namespace

std::string nginx_configuration(const DoorPaths& paths, const std::string& address, bool as_root) {
  return fmt::format(kNginx, paths.storage, paths.run, address, paths.certificate, paths.key,
                     paths.distribution_socket(), paths.emulator_socket(), kInnerPrefix, kInnerClose,
                     variable_name(kInnerBearer), as_root ? "user root;\n" : "", event_log_format(),
                     paths.events_pipe(), kLockCheck, kLocked, kOriginalMethod, kOriginalTarget);
}

std::string distribution_configuration(const DoorPaths& paths, const std::string& login_server,
                                       const std::string& secret) {
  json::Object log;
  log.set("level", "warn");
  log.set("accesslog", one("disabled", true));
  json::Object storage;
  storage.set("filesystem", one("rootdirectory", paths.images()));
  storage.set("delete", one("enabled", true));
  storage.set("maintenance", one("uploadpurging", one("enabled", false)));
  json::Object http;
  http.set("net", "unix");
  http.set("addr", paths.distribution_socket());
  http.set("secret", secret);
  json::Object token;
  token.set("realm", fmt::format("https://{}/oauth2/token", login_server));
  token.set("service", login_server);
  token.set("issuer", kAccessIssuer);
  token.set("rootcertbundle", paths.authority);
  json::Object document;
  document.set("version", "0.1");
  document.set("log", std::move(log));
  document.set("storage", std::move(storage));
  document.set("http", std::move(http));
  document.set("auth", one("token", std::move(token)));
  return json::dump_pretty(std::move(document)) + "\n";
}

Result<> start_front_door(Children& children, const DoorPaths& paths, const Fd& door,
                          const std::string& login_server, const Environment& environment, Random& random) {
  TRY(check_path(paths.storage));
  TRY(check_path(paths.run));
  const std::string nginx = TRY(find_program("nginx", environment));
  const std::string distribution = TRY(find_program("docker-registry", environment));
  const std::string nginx_file = paths.storage + "/nginx.conf";
  const std::string distribution_file = paths.storage + "/registry.yml";
  const std::string address = fmt::format("127.0.0.1:{}", port_of(door));
  TRY(write_file_atomically(nginx_file, nginx_configuration(paths, address, environment.uid() == 0), 0644));
  TRY(write_file_atomically(distribution_file,
                            distribution_configuration(paths, login_server, random.hex(32)), 0600));
  TRY(children.start({"docker-registry",
                      {distribution, "serve", distribution_file},
                      child_environment(paths, "OTEL_TRACES_EXPORTER=none"),
                      paths.storage + "/registry.log",
                      -1}));
  return children.start({"nginx",
                         {nginx, "-p", paths.run, "-e", paths.storage + "/nginx.log", "-c", nginx_file},
                         child_environment(paths, "NGINX=3;"),
                         paths.storage + "/nginx.log",
                         door.get()});
}

}  // namespace scoped::emulator
