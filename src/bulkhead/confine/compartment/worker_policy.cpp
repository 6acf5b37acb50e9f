#include "bulkhead/confine/compartment/worker_policy.hpp"

#include <unistd.h>

#include "bulkhead/confine/runtime.hpp"

namespace bulkhead::confine {

Policy worker_policy(std::span<const int> events, int wake, int channel) {
  Policy policy{.keep = {{.fd = wake, .purpose = "the broker's signal"},
                         {.fd = channel, .purpose = "tells the broker of our end"}},
                .calls = SystemCalls::interrupts};
  if (sanitized) {
    policy.keep.push_back({.fd = STDERR_FILENO, .purpose = "a sanitizer's report"});
  } else {
    policy.required = {Layer::identity,    Layer::no_new_privileges, Layer::not_dumpable,
                       Layer::descriptors, Layer::no_core,           Layer::no_files,
                       Layer::system_calls};
  }
  for (const int event : events)
    if (event >= 0) policy.keep.push_back({.fd = event, .purpose = "a queue's interrupt"});
  policy.polled = static_cast<uint32_t>(policy.keep.size());
  return policy;
}

void keep_interface(Policy& policy, std::span<const OwnedFd> queues) {
  for (const auto& queue : queues)
    policy.keep.push_back({.fd = queue.get(), .purpose = "the network interface's frames"});
  policy.polled += static_cast<uint32_t>(queues.size());
}

}  // namespace bulkhead::confine
