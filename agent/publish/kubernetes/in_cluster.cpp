#include "agent/publish/kubernetes/access.h"
#include "common/base/file.h"

namespace scoped::publish::kubernetes {
namespace {

constexpr size_t kLargestToken = 64 << 10;

class InCluster final : public Access {
 public:
  InCluster(const Environment& environment, std::string folder)
      : environment_(environment), folder_(std::move(folder)) {}

  Result<> complete(net::Request& request) override {
    const auto host = environment_.get("KUBERNETES_SERVICE_HOST");
    if (!host)
      return fail(ErrorCode::configuration,
                  "this is no pod of Kubernetes ($KUBERNETES_SERVICE_HOST is not set): set 'kubeconfig'");
    const std::string port = environment_.get("KUBERNETES_SERVICE_PORT").value_or("443");
    const bool is_ipv6 = host->find(':') != std::string::npos;
    request.url = "https://" + (is_ipv6 ? "[" + *host + "]" : *host) + ":" + port + request.url;
    request.trusted = TRY(authorities());
    // Kubelet writes another token long before this one ends.
    std::string token = TRY_WITH(read_file(folder_ + "/token", kLargestToken), "the service account's token");
    while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
    request.bearer(Secret::take(std::move(token)));
    return {};
  }

  bool refused() override { return true; }  // the file may hold another one by now

 private:
  Result<std::shared_ptr<const std::string>> authorities() {
    std::string pem =
        TRY_WITH(read_file(folder_ + "/ca.crt", 1 << 20), "the cluster's certificate authority");
    if (!ca_ || *ca_ != pem) ca_ = std::make_shared<const std::string>(std::move(pem));
    return ca_;
  }

  const Environment& environment_;
  const std::string folder_;
  std::shared_ptr<const std::string> ca_;
};

}  // namespace

std::unique_ptr<Access> in_cluster(const Environment& environment, std::string account_folder) {
  return std::make_unique<InCluster>(environment, std::move(account_folder));
}

}  // namespace scoped::publish::kubernetes
