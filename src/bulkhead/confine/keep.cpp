#include "bulkhead/confine/keep.hpp"

#include <fmt/format.h>

namespace bulkhead::confine {

std::vector<Kept> descriptors_of(net::Port& port) {
  std::vector<Kept> keep;
  for (const int fd : port.descriptors()) keep.push_back({.fd = fd, .purpose = port.description()});
  if (port.in_place()) return keep;
  for (uint32_t i = 0; i < port.queues(); ++i)
    if (const int event = port.rx(QueueId{static_cast<uint16_t>(i)}).event(); event >= 0)
      keep.push_back({.fd = event,
                      .purpose = fmt::format("{}, interrupt of queue {}", port.description(), i)});
  return keep;
}

}  // namespace bulkhead::confine
