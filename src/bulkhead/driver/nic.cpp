#include "bulkhead/driver/nic.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bulkhead::driver {

std::string MacAddress::to_string() const {
  return fmt::format("{:02x}", fmt::join(octets, ":"));
}

}  // namespace bulkhead::driver
