#include "common/net/service_lookup.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <array>

namespace scoped::net {
namespace {

constexpr size_t kLargest = 16 << 10;

}  // namespace

std::optional<Service> look_up_service(const std::string& name) {
  struct __res_state state {};
  if (res_ninit(&state) != 0) return std::nullopt;
  state.retrans = 1;
  state.retry = 1;
  std::array<unsigned char, kLargest> answer;
  const int size = res_nquery(&state, name.c_str(), ns_c_in, ns_t_srv, answer.data(), answer.size());
  res_nclose(&state);
  if (size <= 0) return std::nullopt;
  return preferred_service(
      {reinterpret_cast<const char*>(answer.data()), std::min(static_cast<size_t>(size), answer.size())});
}

}  // namespace scoped::net
