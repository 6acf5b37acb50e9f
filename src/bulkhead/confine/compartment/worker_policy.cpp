#include "bulkhead/confine/compartment/worker_policy.hpp"

#include <unistd.h>

#include "bulkhead/confine/runtime.hpp"

namespace bulkhead::confine {

Policy worker_policy(std::span<const int> events, const net::Waiter& arrivals, int channel) {
  Policy policy{.keep = {{.fd = arrivals.woken_by(), .purpose = "the broker's signal"},
                         {.fd = channel, .purpose = "tells the broker of our end"}},
                .calls = SystemCalls::interrupts,
                .polled = static_cast<uint32_t>(arrivals.descriptors())};
  if (sanitized) {
    policy.keep.push_back({.fd = STDERR_FILENO, .purpose = "a sanitizer's report"});
  } else {
    policy.required = {Layer::identity,    Layer::no_new_privileges, Layer::not_dumpable,
                       Layer::descriptors, Layer::no_core,           Layer::no_files,
                       Layer::system_calls};
  }
  for (const int event : events)
    if (event >= 0) policy.keep.push_back({.fd = event, .purpose = "a queue's interrupt"});
  return policy;
}

void keep_interface(Policy& policy, std::span<const OwnedFd> queues) {
  for (const auto& queue : queues)
    policy.keep.push_back({.fd = queue.get(), .purpose = "the network interface's frames"});
}

}  // namespace bulkhead::confine
