// What a broker's or a worker's end of their socket reads: anything, or a good job of either kind
// with a few bytes changed. The first byte says as what. A job that is accepted is one that encodes
// to the same bytes.
#include <algorithm>

#include "bulkhead/confine/compartment/message.hpp"

#include "fuzz/input.hpp"
#include "tests/confine/compartment/jobs.hpp"

static void try_job(std::span<const std::byte> message) {
  using namespace bulkhead;
  const auto parsed = confine::parse_job(message);
  if (parsed && !std::ranges::equal(confine::encode(parsed->job, parsed->descriptors), message))
    __builtin_trap();
}

/// Each three bytes are a place, and what is put there.
static void try_changed_job(std::vector<std::byte> job, std::span<const std::byte> changes) {
  for (; changes.size() >= 3; changes = changes.subspan(3)) {
    const auto place =
        std::to_integer<size_t>(changes[0]) * 256 + std::to_integer<size_t>(changes[1]);
    job[place % job.size()] = changes[2];
  }
  try_job(job);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bulkhead;
  const auto bytes = fuzz::input(data, size);
  if (bytes.empty()) return 0;
  const auto message = bytes.subspan(1);
  switch (std::to_integer<unsigned>(bytes.front()) % 6) {
    case 0:
      try_job(message);
      break;
    case 1:
      static_cast<void>(confine::parse_descriptors(message));
      break;
    case 2:
      static_cast<void>(confine::parse_ready(message));
      break;
    case 3:
      try_changed_job(confine::encode(confine::a_job(), confine::descriptors_of_a_job), message);
      break;
    case 4:
      try_changed_job(
          confine::encode(confine::a_netdev_job(), confine::descriptors_of_a_netdev_job), message);
      break;
    default:
      static_cast<void>(confine::parse_failure(message));
  }
  return 0;
}
