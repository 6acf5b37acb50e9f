// A job for tests.
#pragma once

#include "bulkhead/confine/compartment/job.hpp"

namespace bulkhead::confine {

/// Two ports with two queue pairs each, as the broker of two 82599 makes it: ten descriptors.
inline Job a_job() {
  Job job;
  job.options = {.control = 0, .wake = 1, .batch = 64, .required = 5};
  job.work = ForwardWork{.touch = 1};
  for (uint32_t i = 0; i < 2; ++i)
    job.pools.push_back(
        {.size = 10U << 20U, .buffer_size = 2048, .buffers = 4096, .descriptor = 2 + i});
  for (uint32_t i = 0; i < 2; ++i) {
    PortPart port{.rings_size = 2U << 20U, .rings = 4 + 3 * i, .pages = {}, .pairs = {}};
    for (uint32_t page = 0; page < 2; ++page)
      port.pages.push_back({.file_offset = 4096, .length = 4096, .descriptor = 5 + 3 * i + page});
    for (uint32_t pair = 0; pair < 2; ++pair)
      port.pairs.push_back(
          {.plan = {.family = driver::QueueFamily::ixgbe,
                    .rx = {.ring = pair * 16512, .page = 0, .doorbell = 0x18},
                    .tx = {.ring = pair * 16512 + 8192, .page = 1, .doorbell = 0x18},
                    .tx_head = pair * 16512 + 16384,
                    .buffers_at = 0x1'0000'0040,
                    .virtio = {}},
           .pool = pair,
           .event = 0});
    job.ports.push_back(std::move(port));
  }
  return job;
}
inline constexpr uint32_t descriptors_of_a_job = 10;

/// The first of the two ports, and a network interface whose two queues' descriptors come last of
/// twelve.
inline Job a_netdev_job() {
  Job job = a_job();
  job.work = NetdevWork{.longest_frame = 1518, .queues = {10, 11}};
  job.ports.pop_back();
  return job;
}
inline constexpr uint32_t descriptors_of_a_netdev_job = 12;

}  // namespace bulkhead::confine
