#include "bulkhead/driver/e1000e/devices.hpp"

namespace bulkhead::e1000e {

std::optional<std::string_view> find_device(bus::Identity identity) {
  constexpr uint16_t intel = 0x8086;
  if (identity.vendor != intel) return std::nullopt;
  switch (identity.device) {
    case 0x10D3:
      return "82574L Gigabit";
    case 0x10F6:
      return "82574LA Gigabit";
    default:
      return std::nullopt;
  }
}

}  // namespace bulkhead::e1000e
