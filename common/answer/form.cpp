#include "common/answer/form.h"

#include "common/protocol/kubelet.h"

#include <string>
#include <utility>

namespace scoped::answer {
namespace {

Result<Asked> read_docker(std::string_view input) {
  auto server_url = TRY(protocol::parse_key(input));
  auto key = protocol::read_key(server_url);
  return Asked{std::move(key), [server_url = std::move(server_url)](const Grant& grant) {
                 return protocol::format_credentials(server_url, grant.current.username,
                                                     grant.current.password);
               }};
}

Result<Asked> read_kubelet(std::string_view input) {
  auto request = TRY(protocol::parse_kubelet_request(input));
  auto key = protocol::read_image(request.image);
  return Asked{std::move(key), [request = std::move(request)](const Grant& grant) {
                 const protocol::KubeletLogin current{grant.current.username, grant.current.password};
                 if (grant.previous == nullptr)
                   return protocol::format_kubelet_logins(request, current, nullptr, grant.keep_for);
                 const protocol::KubeletLogin previous{grant.previous->username, grant.previous->password};
                 return protocol::format_kubelet_logins(request, current, &previous, grant.keep_for);
               }};
}

}  // namespace

Form docker_form() { return {&read_docker}; }

Form kubelet_form() { return {&read_kubelet, true, true}; }

}  // namespace scoped::answer
