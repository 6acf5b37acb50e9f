// What a broker's or a worker's end of their socket reads: anything. The first byte says as what.
// A job that is accepted is one that encodes to the same bytes.
#include <algorithm>

#include "bulkhead/confine/compartment/message.hpp"

#include "fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bulkhead;
  const auto bytes = fuzz::input(data, size);
  if (bytes.empty()) return 0;
  const auto message = bytes.subspan(1);
  switch (std::to_integer<unsigned>(bytes.front()) % 4) {
    case 0: {
      const auto parsed = confine::parse_job(message);
      if (parsed && !std::ranges::equal(confine::encode(parsed->job, parsed->descriptors), message))
        __builtin_trap();
      break;
    }
    case 1:
      static_cast<void>(confine::parse_descriptors(message));
      break;
    case 2:
      static_cast<void>(confine::parse_ready(message));
      break;
    default:
      static_cast<void>(confine::parse_failure(message));
  }
  return 0;
}
