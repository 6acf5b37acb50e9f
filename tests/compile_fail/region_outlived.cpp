// DMA memory is given back to the system when its region ends.
#include "bulkhead/memory/region.hpp"

std::byte mistake() {
  // expected-error@+1 {{temporary whose address is used}}
  const std::span<std::byte> bytes = bulkhead::memory::Region{}.bytes();
  return bytes[0];
}
