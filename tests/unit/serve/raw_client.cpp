#include "tests/unit/serve/raw_client.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <utility>

namespace scoped::test {

bool run_until(boost::asio::io_context& io, const std::function<bool()>& happened) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!happened()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    if (io.stopped()) io.restart();
    io.run_one_for(std::chrono::milliseconds(10));
  }
  return true;
}

void settle(boost::asio::io_context& io) {
  if (io.stopped()) io.restart();
  while (io.poll() > 0) continue;
}

}  // namespace scoped::test
