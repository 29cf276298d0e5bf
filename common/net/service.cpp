#include "common/net/service.h"

#include "common/net/http.h"

namespace scoped::net {
namespace {

constexpr size_t kHeader = 12;
constexpr int kServiceType = 33;
constexpr int kInternetClass = 1;
constexpr size_t kLongestName = 255;
constexpr int kMostParts = 128;  // pointers among them, which could go round in a circle

// A place in a message; every step says whether it stayed within.
class Reader {
 public:
  Reader(std::string_view message, size_t at) : message_(message), at_(at) {}

  size_t at() const { return at_; }
  bool skip(size_t size) {
    if (size > message_.size() - at_) return false;
    at_ += size;
    return true;
  }
  std::optional<int> number() {  // of two bytes
    if (message_.size() - at_ < 2) return std::nullopt;
    at_ += 2;
    return byte(at_ - 2) << 8 | byte(at_ - 1);
  }
  // "host.corp"; of a compressed name the rest is elsewhere.
  std::optional<std::string> name() {
    std::string text;
    size_t place = at_;
    bool has_jumped = false;
    for (int part = 0; part < kMostParts && place < message_.size(); ++part) {
      const auto length = static_cast<size_t>(byte(place));
      if (length >= 0xc0) {
        if (place + 1 >= message_.size()) return std::nullopt;
        if (!has_jumped) at_ = place + 2;
        has_jumped = true;
        place = (length & 0x3f) << 8 | static_cast<size_t>(byte(place + 1));
        continue;
      }
      if (length == 0) {
        if (!has_jumped) at_ = place + 1;
        return text;
      }
      if (length > 63 || length > message_.size() - place - 1 || text.size() + length > kLongestName)
        return std::nullopt;
      text.append(text.empty() ? "" : ".").append(message_.substr(place + 1, length));
      place += 1 + length;
    }
    return std::nullopt;
  }

 private:
  int byte(size_t place) const { return static_cast<unsigned char>(message_[place]); }

  std::string_view message_;
  size_t at_;
};

struct Entry {
  int type = 0;
  int of_class = 0;
  size_t data = 0;  // where it begins
};

std::optional<Entry> next_entry(Reader& reader) {
  if (!reader.name()) return std::nullopt;
  const auto type = reader.number(), of_class = reader.number();
  if (!type || !of_class || !reader.skip(4)) return std::nullopt;  // how long it holds
  const auto size = reader.number();
  const size_t data = reader.at();
  if (!size || !reader.skip(static_cast<size_t>(*size))) return std::nullopt;
  return Entry{*type, *of_class, data};
}

// "." says that there is no such service.
std::optional<Service> service_at(Reader reader) {
  const auto priority = reader.number(), weight = reader.number(), port = reader.number();
  auto target = reader.name();
  if (!priority || !weight || !port || *port == 0 || !target) return std::nullopt;
  const auto url = parse_url("https://" + *target);
  if (!url || target->find_first_of(":/?") != std::string::npos) return std::nullopt;
  return Service{*priority, *weight, *port, std::move(*target)};
}

bool goes_before(const Service& one, const Service& other) {
  return one.priority != other.priority ? one.priority < other.priority : one.weight > other.weight;
}

}  // namespace

std::optional<Service> preferred_service(std::string_view message) {
  if (message.size() < kHeader) return std::nullopt;
  Reader reader(message, 4);
  const int questions = reader.number().value_or(0), answers = reader.number().value_or(0);
  reader.skip(4);
  for (int i = 0; i < questions; ++i)
    if (!reader.name() || !reader.skip(4)) return std::nullopt;
  std::optional<Service> best;
  for (int i = 0; i < answers; ++i) {
    const auto entry = next_entry(reader);
    if (!entry) break;
    if (entry->type != kServiceType || entry->of_class != kInternetClass) continue;
    auto service = service_at(Reader(message, entry->data));
    if (service && (!best || goes_before(*service, *best))) best = std::move(service);
  }
  return best;
}

}  // namespace scoped::net
